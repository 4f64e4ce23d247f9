import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AppContext } from '../server/context.ts'
import { heldSince } from '../server/features/merchants/restore-hold.ts'
import { isoTime } from '../server/db/merchant-query.ts'
import { openTestApp, type TestApp } from './harness/app.ts'
import { createTestShop, type TestShop } from './harness/shop.ts'
import { root, sourceFiles } from './source-files.ts'

// Raw SQL is a string to the compiler. These tests let PostgreSQL check it against the migrated schema, so that a renamed
// column fails here and not in a request.
const files = sourceFiles().filter(({ path, isTest }) => !isTest && /^server\/(?!emulator|generated)/.test(path))

let testApp: TestApp
let shop: TestShop
let client: pg.Client

beforeAll(async () => {
  testApp = await openTestApp()
  shop = await createTestShop(testApp.app)
  client = new pg.Client({ connectionString: testApp.app.database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await testApp[Symbol.asyncDispose]()
})

/** Undefined column, table, function or type (PostgreSQL, appendix A); every other failure is about our substitution. */
const UNDEFINED = new Set(['42703', '42P01', '42883', '42704'])

/** Null when PostgreSQL can plan the statement, or its error. */
async function prepareError(text: string): Promise<{ code: string; message: string } | null> {
  try {
    await client.query(`PREPARE checked AS ${text}`)
    await client.query('DEALLOCATE checked')
    return null
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string }
    return { code, message }
  }
}

type Statement = { path: string; line: number; text: string }

/** Strings and template literals of a file that are whole statements, with the constants of the file filled in. */
function statementsOf({ path, text }: { path: string; text: string }): Statement[] {
  const constants = new Map(
    [...text.matchAll(/^(?:export )?const (\w+)(?:: string)? =\s+(?:'([^'\n]*)'|`((?:[^`\\]|\\.)*)`)$/gm)].map(
      ([, name = '', quoted, template]) => [name, quoted ?? template ?? ''] as const,
    ),
  )
  const fill = (source: string, depth = 0): string => {
    let parameter = Math.max(0, ...[...source.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n)))
    return source.replace(/\$\{((?:[^{}]|\{[^{}]*\})*)\}/g, (_whole, expression: string) => {
      const constant = constants.get(expression)
      if (constant !== undefined && depth < 5) return fill(constant, depth + 1)
      const [, helper, argument = ''] = /^(isoTime|heldSince)\('([^']*)'\)$/.exec(expression) ?? []
      if (helper) return { isoTime, heldSince }[helper as 'isoTime' | 'heldSince'](argument)
      if (/^[A-Z][A-Z_]+$/.test(expression)) return '1'
      return `$${++parameter}`
    })
  }
  return [
    ...text.matchAll(
      /'((?:SELECT|INSERT|UPDATE|DELETE|WITH) [^'\n]*)'|`\s*((?:SELECT|INSERT|UPDATE|DELETE|WITH)\s(?:[^`\\]|\\.)*)`/g,
    ),
  ].map((match) => ({
    path,
    line: text.slice(0, match.index).split('\n').length,
    text: fill(match[1] ?? match[2] ?? ''),
  }))
}

test('statements name tables, columns and functions that exist', async () => {
  // A part that begins like a statement lacks its FROM.
  const statements = files.flatMap(statementsOf).filter(({ text }) => /^(?!SELECT)|\bFROM\b/.test(text))
  const faults: string[] = []
  let planned = 0
  for (const { path, line, text } of statements) {
    const error = await prepareError(text)
    if (!error) planned++
    else if (UNDEFINED.has(error.code) && !isOfFragment(error.message)) faults.push(`${path}:${line}: ${error.message}`)
  }
  expect(faults).toEqual([])
  // Most statements are whole; the others are composed of parts that only a call puts together.
  expect(planned).toBeGreaterThan(120)
})

/** An alias or parameter that only a substituted part of the statement would have brought. */
const isOfFragment = (message: string): boolean => /missing FROM-clause entry|operator does not exist/.test(message)

type Recorded = { path: string; line: number; text: string; columns: string[] | null }

/** Records every statement that runs over the pool, with the line of a queries.ts that asked for it. */
function record(app: AppContext): { app: AppContext; recorded: Recorded[] } {
  const recorded: Recorded[] = []
  const query = async (config: pg.QueryConfig) => {
    const [caller = ''] = (new Error().stack ?? '')
      .split('\n')
      .filter((frame) => /\/server\//.test(frame) && !/\/server\/db\//.test(frame))
    const [, file = '', line] = /(\/[^\s():]*\/(?:queries|lookups)\.ts):(\d+)/.exec(caller) ?? []
    const asked = file ? { path: relative(root, file), line: Number(line) } : {}
    const entry: Recorded = { path: '', line: 0, ...asked, text: config.text, columns: null }
    recorded.push(entry)
    const result = await app.database.pool.query(config)
    entry.columns = result.fields.map(({ name }) => name)
    return result
  }
  return { app: { ...app, database: { ...app.database, pool: { query } as never } }, recorded }
}

const ID = '00000000-0000-7000-8000-000000000001'
/** Arguments after the merchant that functions of queries.ts take: an id, ids, a filter, a selection. */
const ARGUMENTS: readonly unknown[][] = [
  [ID, {}],
  [[ID], {}],
  [[ID, ID], {}],
  [null, null],
  [{}, null],
  [1, 100],
  ['2026-11-27', {}],
]
const at = { value: '2026-11-27T00:00:00.000Z', id: ID }
const place = { value: 1, id: ID }
const PAGES = [
  { limit: 2, after: null, before: null, backwards: false },
  { limit: 2, after: at, before: null, backwards: false },
  { limit: 2, after: null, before: at, backwards: true },
  { limit: 2, after: place, before: null, backwards: false },
  { limit: 2, after: null, before: place, backwards: true },
]

/** Arguments of lookups, which begin before a merchant is known. */
const LOOKUP_ARGUMENTS: readonly unknown[][] = [
  [],
  [true],
  [100],
  [0, 100],
  ['a', 'b'],
  [Buffer.alloc(32)],
  [{ olderThanSeconds: 0, reconciledAfterSeconds: 0, atMost: 1 }],
]

type Read = (app: AppContext, ...args: unknown[]) => unknown
type Pages = Partial<Record<'fetch' | 'count', (page?: unknown) => Promise<unknown>>>

/** A call that does not fit fails, and another one will fit. */
async function attempt(call: () => unknown): Promise<void> {
  try {
    await call()
  } catch {
    // The statement was recorded before it failed; a read that was never recorded is reported.
  }
}

/** Calls a read with all arguments that it may take; a call that does not fit it fails and is passed over. */
async function callWithEach(app: AppContext, read: Read, all: readonly unknown[][]): Promise<void> {
  for (const args of all) {
    await attempt(async () => {
      const answer = (await read(app, ...args)) as Pages | null
      for (const page of PAGES) await attempt(() => answer?.fetch?.(page))
      await attempt(() => answer?.count?.())
    })
  }
}

describe('hot reads', () => {
  const modules = files.filter(({ path }) => /\/(queries|lookups)\.ts$/.test(path))
  const recorded: Recorded[] = []

  beforeAll(async () => {
    const recorder = record(testApp.app)
    for (const { path } of modules) {
      const exported = (await import(pathToFileURL(join(root, path)).href)) as Record<string, unknown>
      const all = path.endsWith('lookups.ts') ? LOOKUP_ARGUMENTS : ARGUMENTS.map((rest) => [shop.merchantId, ...rest])
      for (const value of Object.values(exported))
        if (typeof value === 'function') await callWithEach(recorder.app, value as Read, all)
    }
    recorded.push(...recorder.recorded)
  })

  test('fit the schema', async () => {
    const faults: string[] = []
    for (const { path, line, text } of new Map(recorded.map((one) => [one.text, one])).values()) {
      const error = await prepareError(text)
      if (error) faults.push(`${path}:${line}: ${error.message}`)
    }
    expect(faults).toEqual([])
  })
})
