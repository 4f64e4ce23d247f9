import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AppContext } from '../server/context.ts'
import { openTestApp, type TestApp } from './harness/app.ts'
import { createTestShop } from './harness/shop.ts'
import { callReads, fieldsOf, rowTypeAt, statementsOf, type Statement } from './harness/statements.ts'
import { root, sourceFiles } from './source-files.ts'

// Raw SQL is a string to the compiler. These tests let PostgreSQL check it against the migrated schema, so that a renamed
// column fails here and not in a request.
const files = sourceFiles().filter(({ path, isTest }) => !isTest && /^server\/(?!emulator|generated)/.test(path))

let testApp: TestApp
let client: pg.Client

beforeAll(async () => {
  testApp = await openTestApp()
  client = new pg.Client({ connectionString: testApp.app.database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await testApp[Symbol.asyncDispose]()
})

/** PostgreSQL's error when it plans the statement; null when it can. */
async function planError(text: string): Promise<{ code: string; message: string } | null> {
  try {
    await client.query(`PREPARE checked AS ${text}`)
    await client.query('DEALLOCATE checked')
    return null
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string }
    return { code, message }
  }
}

const advice = ({ path, line }: Statement, message: string): string =>
  `${path}:${line}: ${message}. Write the names of prisma/schema, or add a migration (npm run migration -- <name>).`

/** Undefined column, table, function or type (PostgreSQL, appendix A). Every other error comes from our substitutions. */
const UNDEFINED = new Set(['42703', '42P01', '42883', '42704'])
/** An alias or a parameter type that only a substituted part of the statement would bring. */
const isOfSubstitution = (message: string): boolean => /missing FROM-clause entry|operator does not exist/.test(message)

test('statements name tables, columns and functions that exist', async () => {
  // A SELECT without FROM is a part of a statement.
  const statements = files.flatMap(statementsOf).filter(({ text }) => /^(?!SELECT)|\bFROM\b/.test(text))
  const faults: string[] = []
  let planned = 0
  for (const statement of statements) {
    const error = await planError(statement.text)
    if (!error) planned++
    else if (UNDEFINED.has(error.code) && !isOfSubstitution(error.message))
      faults.push(advice(statement, error.message))
  }
  expect(faults).toEqual([])
  // Most statements are written whole; the others are put together when they run.
  expect(planned).toBeGreaterThan(120)
})

/** A statement that ran, on behalf of a line of a queries.ts or lookups.ts. `columns` is null when it failed. */
type Recorded = Statement & { columns: string[] | null }

/** An app that records every statement that runs over its pool. */
function recordingApp(app: AppContext): { app: AppContext; recorded: Recorded[] } {
  const recorded: Recorded[] = []
  const query = async (config: pg.QueryConfig) => {
    const frames = (new Error().stack ?? '').split('\n')
    const caller = frames.find((frame) => /\/server\/(?!db\/)/.test(frame)) ?? ''
    const [, path, line] = /(\/[^\s():]*\/(?:queries|lookups)\.ts):(\d+)/.exec(caller) ?? []
    const entry: Recorded = {
      path: path ? relative(root, path) : '',
      line: Number(line),
      text: config.text,
      columns: null,
    }
    if (path) recorded.push(entry)
    const result = await app.database.pool.query(config)
    entry.columns = result.fields.map(({ name }) => name)
    return result
  }
  return { app: { ...app, database: { ...app.database, pool: { query } as never } }, recorded }
}

describe('reads of queries.ts and lookups.ts', () => {
  const modules = files.filter(({ path }) => /\/(queries|lookups)\.ts$/.test(path))
  let recorded: Recorded[]

  beforeAll(async () => {
    const { merchantId } = await createTestShop(testApp.app)
    const recording = recordingApp(testApp.app)
    for (const { path } of modules) {
      const exported = (await import(pathToFileURL(join(root, path)).href)) as Record<string, unknown>
      await callReads(recording.app, merchantId, { path, exported })
    }
    recorded = recording.recorded
  })

  test('are all called here', () => {
    const called = new Set(recorded.map(({ path, line }) => `${path}:${line}`))
    const calls = modules.flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) => (/\b(queryMerchant|lookUp)(<.*>)?\(/.test(line) ? [`${path}:${index + 1}`] : [])),
    )
    expect(
      calls.filter((call) => !called.has(call)),
      'Give QUERY_ARGUMENTS or LOOKUP_ARGUMENTS in test/harness/statements.ts what these reads need to run.',
    ).toEqual([])
  })

  test('fit the schema', async () => {
    const faults = new Set<string>()
    for (const statement of new Map(recorded.map((one) => [one.text, one])).values()) {
      const error = await planError(statement.text)
      if (error) faults.add(advice(statement, error.message))
    }
    expect([...faults]).toEqual([])
  })

  test('return the columns of their row types', () => {
    const checked = new Set<string>()
    const faults = new Set<string>()
    for (const { path, line, columns } of recorded) {
      const text = modules.find((module) => module.path === path)?.text ?? ''
      const type = rowTypeAt(text, line)
      const fields = columns && type ? fieldsOf(type, text) : null
      if (!columns || !fields) continue
      checked.add(`${path}:${line}`)
      const extra = columns.filter((column) => !fields.includes(column))
      const missing = fields.filter((field) => !columns.includes(field))
      if (extra.length + missing.length > 0)
        faults.add(
          `${path}:${line} returns [${extra.join(', ')}], which ${type} lacks, and not [${missing.join(', ')}], which it has. ` +
            'Rename the alias in the statement or the field of the type.',
        )
    }
    expect([...faults]).toEqual([])
    expect(checked.size).toBeGreaterThan(40)
  })
})
