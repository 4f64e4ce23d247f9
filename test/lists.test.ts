import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema as parseSchema } from 'graphql'
import { describe, expect, test } from 'vitest'
import { assertEventsHaveTypes } from '../server/graphql/event-type.ts'
import { eventCatalogue } from '../server/features/events.ts'
import { jobDefinitions } from '../server/features/jobs.ts'
import { jobImplementations } from '../server/features/processors.ts'
import { buildSchema } from '../server/features/schema.ts'
import { reach, root, sourceFiles, withoutComments } from './source-files.ts'

const all = sourceFiles()
const byPath = new Map(all.map((file) => [file.path, file]))
const server = all.filter(({ path, isTest }) => path.startsWith('server/') && !isTest)

/** Names of the constants that are made by `maker`, e.g. `defineEvent(`, with the file each stands in. */
function madeBy(maker: RegExp): { path: string; name: string }[] {
  const declared = new RegExp(`^(?:export )?const (\\w+)(?:: \\w+)? = ${maker.source}`, 'gm')
  return server.flatMap(({ path, text }) =>
    [...withoutComments(text).matchAll(declared)].map(([, name = '']) => ({ path, name })),
  )
}

/** The value behind a constant. It must be exported, or nobody could list it. */
async function valueOf<T>({ path, name }: { path: string; name: string }): Promise<T> {
  const module = (await import(join(root, path))) as Record<string, T>
  const value = module[name]
  if (value === undefined) throw new Error(`${path} must export ${name}, so that it can be listed.`)
  return value
}

/** `path: name` for everything made by `maker` that `isListed` does not know. */
async function forgotten<T>(maker: RegExp, isListed: (value: T) => boolean): Promise<string[]> {
  const made = madeBy(maker)
  expect(made.length).toBeGreaterThan(5)
  const values = await Promise.all(made.map((one) => valueOf<T>(one)))
  return made.flatMap(({ path, name }, n) => (isListed(values[n] as T) ? [] : [`${path}: ${name}`]))
}

const namesIn = (list = ''): string[] => list.match(/\w+/g) ?? []

describe('nothing that is defined can be forgotten in the list of all', () => {
  test('an event that features emit is in features/events.ts', async () => {
    expect(
      await forgotten<{ type: string }>(/defineEvent\(/, ({ type }) =>
        eventCatalogue.all.some((one) => one.type === type),
      ),
    ).toEqual([])
  })

  test('a job is in features/jobs.ts, and what it does in features/processors.ts', async () => {
    const defined = (job: { name: string }) => jobDefinitions.some(({ name }) => name === job.name)
    const implemented = (job: object) => jobImplementations.some((one) => one === job)
    expect(await forgotten(/defineJob\(/, defined)).toEqual([])
    expect(await forgotten(/implementJob\(/, implemented)).toEqual([])
  })

  test('a sweep is run by worker-role.ts', () => {
    const worker = byPath.get('server/worker-role.ts')?.text ?? ''
    const listed = namesIn(/^const SWEEPS = \[([^\]]*)\]/m.exec(worker)?.[1])
    const sweeps = server.flatMap(({ text }) =>
      [...text.matchAll(/^(?:export )?const (\w+): Sweep = /gm)].map(([, name = '']) => name),
    )
    expect(sweeps.length).toBeGreaterThan(5)
    expect(sweeps.filter((name) => !listed.includes(name))).toEqual([])
  })

  test('a file that adds to the API is reached from features/schema.ts', () => {
    const reached = reach(byPath, 'server/features/schema.ts').files
    const adding = server.filter(
      ({ path, text }) => path.startsWith('server/features/') && /^(builder\.|eventType\()/m.test(text),
    )
    expect(adding.length).toBeGreaterThan(15)
    expect(adding.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([])
  })

  test('a command of the bot is in bot/commands.ts', () => {
    const { text = '' } = byPath.get('bot/commands.ts') ?? {}
    const listed = namesIn(/readonly Command\[\] = \[([^\]]*)\]/.exec(text)?.[1])
    const commands = all
      .filter(({ path, isTest }) => path.startsWith('bot/commands/') && !isTest)
      .flatMap((file) =>
        [...file.text.matchAll(/^export const (\w+) = defineCommand\(/gm)].map(([, name = '']) => name),
      )
    expect(commands.length).toBeGreaterThan(20)
    expect(commands.filter((name) => !listed.includes(name))).toEqual([])
  })
})

describe('an event without its GraphQL type', () => {
  const extra = { type: 'refund_requested' }

  test('is refused when the schema is built, with a sentence that says what to add where', () => {
    const schema = buildSchema()
    expect(() => assertEventsHaveTypes(schema, eventCatalogue.all)).not.toThrow()
    expect(() => assertEventsHaveTypes(schema, [...eventCatalogue.all, extra])).toThrow(
      'The event "refund_requested" has no GraphQL type RefundRequestedEvent; call eventType(...) with its definition in the schema.ts of its feature, then run "npm run schema".',
    )
  })

  test('is refused as well when the catalogue lacks the event of a type', () => {
    expect(() => assertEventsHaveTypes(buildSchema(), eventCatalogue.all.slice(1))).toThrow(
      'The GraphQL type MessageReceivedEvent belongs to an event that is not in the catalogue; add its definition to server/features/events.ts.',
    )
  })

  test('is not taken for one by a type that only shares its name', () => {
    const schema = parseSchema(
      `interface Event { cursor: String } type RefundRequestedEvent { cursor: String } type Query { event: Event refund: RefundRequestedEvent }`,
    )
    expect(() => assertEventsHaveTypes(schema, [extra])).toThrow('has no GraphQL type')
  })

  test('is missed by the committed schema, too', () => {
    const committed = parseSchema(readFileSync(join(root, 'server/schema.graphql'), 'utf8'))
    expect(() => assertEventsHaveTypes(committed, eventCatalogue.all)).not.toThrow()
  })
})
