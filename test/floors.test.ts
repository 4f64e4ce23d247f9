import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cycles, root, sourceFiles, withoutComments, type SourceFile } from './source-files.ts'

const product = sourceFiles().filter(({ isTest }) => !isTest)

/**
 * The features of the server, the highest floor first. A feature imports features of lower floors only, so that it can be
 * read, changed and removed without looking up; features of one floor are independent. To let a lower feature start
 * something in a higher one, emit an event, extend its GraphQL type from above, or hand a function in from
 * server/features/processors.ts, server/edge-role.ts or server/worker-role.ts.
 */
const FLOORS: readonly (readonly string[])[] = [
  ['api-keys', 'queues', 'restores', 'maintenance', 'system'],
  ['webhooks'],
  ['events'],
  ['orders'],
  ['payments'],
  ['notices'],
  ['conversations'],
  ['templates'],
  ['media', 'carts', 'audit'],
  ['staff', 'catalog', 'content'],
  ['customers', 'deliveries'],
  ['merchants'],
]

/** Tables that two features write, each with the reason. Every other table has one writing feature. */
const SHARED_TABLES: Readonly<Record<string, string>> = {
  api_key:
    'server/auth writes the time of the last use, gathered over many requests, without a use-case of the feature.',
  audit_entry: 'Use-cases write it through the unit of work; a restore forks every log in one statement, without any.',
  conversation: 'staff unassigns the chats of a removed member in the transaction that removes them.',
}

const featureOf = (side: string, path: string): string | null =>
  new RegExp(`^${side}/features/([^/]+)/`).exec(path)?.[1] ?? null

/** Imports from `side`'s features into others of them, at run time or for a type. */
function betweenFeatures(side: string): { from: string; to: string; path: string; target: string }[] {
  return product.flatMap(({ path, imports }) => {
    const from = featureOf(side, path)
    return imports.flatMap(({ file, typeOnly }) => {
      const to = file && !typeOnly ? featureOf(side, file) : null
      return from && to && to !== from ? [{ from, to, path, target: file ?? '' }] : []
    })
  })
}

/** Folders as if each were one file, so that circles among them show. */
function asOneFile(files: readonly SourceFile[], folderOf: (path: string) => string | null): Map<string, SourceFile> {
  const folders = new Map<string, SourceFile>()
  for (const { path, imports } of files) {
    const folder = folderOf(path)
    if (!folder) continue
    const known = folders.get(folder) ?? { path: folder, text: '', lines: 0, isTest: false, imports: [] }
    for (const one of imports) {
      const target = one.file ? folderOf(one.file) : null
      if (target && target !== folder) known.imports.push({ ...one, file: target })
    }
    folders.set(folder, known)
  }
  return folders
}

describe('features on floors', () => {
  test('every feature of the server has a floor', () => {
    const folders = readdirSync(join(root, 'server/features'), { withFileTypes: true })
    const features = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    expect(
      features.toSorted(),
      'Add a new feature to FLOORS in test/floors.test.ts, above every feature that it imports.',
    ).toEqual(FLOORS.flat().toSorted())
  })

  test('a feature imports lower floors only', () => {
    const floor = (feature: string) => FLOORS.findIndex((features) => features.includes(feature))
    const upwards = betweenFeatures('server').filter(({ from, to }) => floor(to) <= floor(from))
    expect(
      upwards.map(
        ({ from, to, path, target }) =>
          `${path} imports ${target}, but ${to} does not stand below ${from}. Move what both need to a lower feature, ` +
          `extend the GraphQL type from above, or hand the function in from server/features/processors.ts.`,
      ),
    ).toEqual([])
  })

  test('features of the dashboard import each other in no circle', () => {
    expect(cycles(asOneFile(product, (path) => featureOf('web', path)))).toEqual([])
  })

  test('folders of plumbing import each other in no circle', () => {
    const plumbing = (path: string) =>
      path.startsWith('server/features/') ? null : (/^server\/([^/]+)\//.exec(path)?.[1] ?? null)
    expect(cycles(asOneFile(product, plumbing))).toEqual([])
  })
})

describe('tables', () => {
  /** Tables with their Prisma delegate, e.g. `order_line` and `orderLine`. */
  const tables = readdirSync(join(root, 'prisma/schema')).flatMap((name) =>
    [...readFileSync(join(root, 'prisma/schema', name), 'utf8').matchAll(/^model (\w+) \{([\s\S]*?)^\}/gm)].map(
      ([, model = '', body = '']) => ({
        table: /@@map\("(\w+)"\)/.exec(body)?.[1] ?? model.toLowerCase(),
        delegate: model.charAt(0).toLowerCase() + model.slice(1),
      }),
    ),
  )

  const code = product
    .filter(({ path }) => path.startsWith('server/'))
    .map(({ path, text }) => ({ owner: featureOf('server', path) ?? 'plumbing', text: withoutComments(text) }))

  const writersOf = ({ table, delegate }: (typeof tables)[number]): string[] => {
    const written = new RegExp(
      String.raw`(?:UPDATE|INSERT INTO|DELETE FROM)\s+"?${table}"?\b|` +
        String.raw`\.${delegate}\.(?:create|update|upsert|delete)(?:Many)?(?:AndReturn)?\(`,
    )
    return [...new Set(code.filter(({ text }) => written.test(text)).map(({ owner }) => owner))].toSorted()
  }

  test('are written by one feature each, or are listed with the reason', () => {
    expect(tables.length).toBeGreaterThan(40)
    const shared = tables
      .map((table) => ({ table: table.table, writers: writersOf(table) }))
      .filter(({ table, writers }) => writers.length > 1 && !(table in SHARED_TABLES))
    expect(
      shared.map(
        ({ table, writers }) =>
          `${table} is written by ${writers.join(' and ')}: let one of them own it and give the other a function.`,
      ),
    ).toEqual([])
  })

  test('that are listed are shared indeed', () => {
    const single = tables.filter((table) => table.table in SHARED_TABLES && writersOf(table).length < 2)
    expect(single.map(({ table }) => `${table} has one writer again: remove it from SHARED_TABLES.`)).toEqual([])
    expect(Object.keys(SHARED_TABLES).filter((name) => !tables.some(({ table }) => table === name))).toEqual([])
    expect(Object.keys(SHARED_TABLES).length).toBeLessThanOrEqual(8)
  })
})
