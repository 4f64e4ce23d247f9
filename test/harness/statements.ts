import type { AppContext } from '../../server/context.ts'
import { isoTime } from '../../server/db/merchant-query.ts'
import { heldByRestore } from '../../server/features/merchants/restore-hold.ts'
import { withoutComments } from '../source-files.ts'

/** Raw SQL with the line of our code that it stands on, or that runs it. */
export type Statement = { path: string; line: number; text: string }

const STATEMENT =
  /'((?:SELECT|INSERT|UPDATE|DELETE|WITH) [^'\n]*)'|`\s*((?:SELECT|INSERT|UPDATE|DELETE|WITH)\s(?:[^`\\]|\\.)*)`/g
const CONSTANT = /^(?:export )?const (\w+)(?:: string)? =\s+(?:'([^'\n]*)'|`((?:[^`\\]|\\.)*)`)$/gm
const SUBSTITUTION = /\$\{((?:[^{}]|\{[^{}]*\})*)\}/g

/**
 * The statements in a file's source. Constants of the file and calls of SQL helpers are filled in; every other
 * substitution becomes a parameter.
 */
export function statementsOf({ path, text }: { path: string; text: string }): Statement[] {
  const constants = new Map(
    [...text.matchAll(CONSTANT)].map(([, name = '', quoted, template]) => [name, quoted ?? template ?? ''] as const),
  )
  const fill = (source: string, depth = 0): string => {
    let parameter = Math.max(0, ...[...source.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n)))
    return source.replace(SUBSTITUTION, (_whole, expression: string) => {
      const constant = constants.get(expression)
      if (constant !== undefined && depth < 5) return fill(constant, depth + 1)
      const [, helper, argument = ''] = /^(isoTime|heldByRestore)\('([^']*)'\)$/.exec(expression) ?? []
      if (helper) return { isoTime, heldByRestore }[helper as 'isoTime' | 'heldByRestore'](argument)
      // A constant that is no text is a number.
      if (/^[A-Z][A-Z_]+$/.test(expression)) return '1'
      return `$${++parameter}`
    })
  }
  return [...text.matchAll(STATEMENT)].map((match) => ({
    path,
    line: text.slice(0, match.index).split('\n').length,
    text: fill(match[1] ?? match[2] ?? ''),
  }))
}

const ID = '00000000-0000-7000-8000-000000000001'

/** Arguments of the functions of a queries.ts, after the merchant: an id, ids, a filter, a selection. */
const QUERY_ARGUMENTS: readonly unknown[][] = [
  [ID, {}],
  [[ID], {}],
  [[ID, ID], {}],
  [null, null],
  [{}, null],
  // Names of the shops that tests fill, found by few and by many customers.
  [{ search: 'Ana Smith 12' }, null],
  [{ search: 'Ben' }, null],
  [1, 100],
  ['2026-11-27', {}],
]

/** Arguments of the functions of a lookups.ts, which run before a merchant is known. */
const LOOKUP_ARGUMENTS: readonly unknown[][] = [
  [],
  [true],
  [100],
  [0, 100],
  ['a', 'b'],
  [Buffer.alloc(32)],
  [{ olderThanSeconds: 0, reconciledAfterSeconds: 0, atMost: 1 }],
]

const afterInstant = { value: '2026-11-27T00:00:00.000Z', id: ID }
const afterNumber = { value: 1, id: ID }
const PAGES = [
  { limit: 2, after: null, before: null, backwards: false },
  { limit: 2, after: afterInstant, before: null, backwards: false },
  { limit: 2, after: null, before: afterInstant, backwards: true },
  { limit: 2, after: afterNumber, before: null, backwards: false },
  { limit: 2, after: null, before: afterNumber, backwards: true },
]

type Read = (app: AppContext, ...args: unknown[]) => unknown
type Connection = Partial<Record<'fetch' | 'count', (page?: unknown) => Promise<unknown>>>

/**
 * Calls every function of a queries.ts or lookups.ts with every set of arguments. Sets that do not fit a function make it
 * throw, which is ignored.
 */
export async function callReads(
  app: AppContext,
  merchantId: string,
  { path, exported }: { path: string; exported: Record<string, unknown> },
): Promise<void> {
  const sets = path.endsWith('lookups.ts') ? LOOKUP_ARGUMENTS : QUERY_ARGUMENTS.map((rest) => [merchantId, ...rest])
  for (const read of Object.values(exported).filter((value) => typeof value === 'function'))
    for (const args of sets)
      await attempt(async () => {
        const answer = (await (read as Read)(app, ...args)) as Connection | null
        for (const page of PAGES) await attempt(() => answer?.fetch?.(page))
        await attempt(() => answer?.count?.())
      })
}

async function attempt(call: () => unknown): Promise<void> {
  try {
    await call()
  } catch {
    // A statement that was sent has been recorded; a read that no set of arguments fits is reported by its test.
  }
}

/**
 * The row type of the `queryMerchant` call on a line: its type argument, or else the type of the rows that the function
 * around it returns. Null when neither is written there.
 */
export function rowTypeAt(text: string, line: number): string | null {
  const above = text.split('\n').slice(0, line)
  const call = /\bqueryMerchant(?:<(.*)>)?\(/.exec(above.at(-1) ?? '')
  if (!call) return null
  if (call[1]) return call[1]
  return above.findLast((one) => /Promise<\w+(\[\]| \| null)?>/.test(one))?.match(/Promise<(\w+)/)?.[1] ?? null
}

/** Field names of a type made of object types, names of types in the same file, and `&`. Null for every other type. */
export function fieldsOf(type: string, text: string): string[] | null {
  let depth = 0
  let members = ''
  let names = ''
  for (const char of withoutComments(type)) {
    if (char === '}') depth--
    if (depth === 1) members += char
    else if (depth === 0) names += /[{}]/.test(char) ? '' : char
    if (char === '{') depth++
  }
  const fields = [...members.matchAll(/(?:^|[;\n])\s*(\w+)\??:/g)].map(([, name = '']) => name)
  for (const name of names.split('&').map((one) => one.trim())) {
    if (!name) continue
    const body = new RegExp(`^(?:export )?type ${name} =([\\s\\S]*?)(?=\\n[^\\s}])`, 'm').exec(text)?.[1]
    const inner = /^\w+$/.test(name) && body !== undefined ? fieldsOf(body, text) : null
    if (!inner) return null
    fields.push(...inner)
  }
  return fields
}
