import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  parse,
  validate,
  type GraphQLArgument,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { ERROR_CODES } from '../server/errors.ts'
import { typedErrors } from '../server/docs/error-catalogue.ts'
import { ERROR_CURES } from '../server/docs/error-cures.ts'
import { readExamples } from '../server/docs/examples.ts'
import { cycles, reach, root, sourceFiles, trackedFiles, withoutComments, type SourceFile } from './source-files.ts'

const all = sourceFiles()
const byPath = new Map(all.map((file) => [file.path, file]))
const product = all.filter((file) => !file.isTest)

/** `path: offence` for every offence against a rule; a rule holds when the list is empty. */
const offences = (files: readonly SourceFile[], find: (file: SourceFile) => readonly string[]): string[] =>
  files.flatMap((file) => find(file).map((offence) => `${file.path}: ${offence}`))

const importing = (file: SourceFile, isForbidden: (target: string) => boolean): string[] =>
  file.imports.flatMap(({ file: target }) => (target && isForbidden(target) ? [target] : []))

const occurrences = (file: SourceFile, pattern: RegExp): string[] => withoutComments(file.text).match(pattern) ?? []

test('imports are seen in every form', () => {
  const file = byPath.get('test/architecture.test.ts')
  expect(file?.imports).toContainEqual({
    specifier: './source-files.ts',
    file: 'test/source-files.ts',
    typeOnly: false,
    lazy: false,
  })
  const seen = product.flatMap(({ imports }) => imports)
  expect(seen.length).toBeGreaterThan(1_000)
  expect(seen.filter(({ typeOnly }) => typeOnly).length).toBeGreaterThan(200)
  expect(seen.filter(({ lazy }) => lazy).length).toBeGreaterThan(5)
  const planted = (path: string, target: string): [string, SourceFile] => {
    const imports = [{ specifier: target, file: target, typeOnly: false, lazy: false }]
    return [path, { path, text: '', lines: 0, isTest: false, imports }]
  }
  expect(cycles(new Map([planted('a.ts', 'b.ts'), planted('b.ts', 'c.ts'), planted('c.ts', 'b.ts')]))).toEqual([
    ['b.ts', 'c.ts', 'b.ts'],
  ])
})

describe('imports between parts', () => {
  // Where the lists of all features are handed to the plumbing, and where they are printed.
  const COMPOSITION = [
    'server/storeline.ts',
    'server/edge-role.ts',
    'server/worker-role.ts',
    'server/serve.ts',
    'server/demo.ts',
    'server/print-schema.ts',
    'server/print-docs.ts',
  ]

  test('plumbing knows nothing of the features', () => {
    const plumbing = product.filter(
      ({ path }) => path.startsWith('server/') && !path.startsWith('server/features/') && !COMPOSITION.includes(path),
    )
    expect(offences(plumbing, (file) => importing(file, (target) => target.startsWith('server/features/')))).toEqual([])
  })

  test('a bot in a process of its own loads neither database nor queues', () => {
    for (const entry of ['server/main.ts', 'bot/main.ts']) {
      const { packages } = reach(byPath, entry)
      expect([...packages].filter((name) => /^(pg|bullmq|ioredis|fastify|graphql-yoga|@prisma)/.test(name))).toEqual([])
    }
  })

  test('a process that serves loads the engine of migrations only when one is pending, and Prisma only when it uses a model', () => {
    const late = /db\/migrate\.ts|generated\/prisma\/client|adapter-pg|schema-engine/
    for (const [entry, known] of [
      ['server/serve.ts', 'server/db/prepare.ts'],
      ['server/edge-role.ts', 'server/db/tx.ts'],
      ['server/worker-role.ts', 'server/db/tx.ts'],
    ] as const) {
      const { files, packages } = reach(byPath, entry)
      expect(files).toContain(known)
      expect([...files, ...packages].filter((name) => late.test(name))).toEqual([])
    }
  })

  test('zod is imported as a namespace: `{ z }` puts its texts in forty languages into the bundle', () => {
    expect(offences(product, (file) => occurrences(file, /^import (?:type )?\{.*\} from 'zod'/gm))).toEqual([])
  })

  test('web, phone and bot share nothing with the server but the schema', () => {
    const phone = 'server/emulator/phone/'
    for (const [own, files] of [
      ['web/', product.filter(({ path }) => path.startsWith('web/'))],
      ['bot/', product.filter(({ path }) => path.startsWith('bot/'))],
      [phone, product.filter(({ path }) => path.startsWith(phone))],
    ] as const) {
      expect(files.length).toBeGreaterThan(5)
      // The phone shows what the emulator keeps; it knows the shape of it, as types.
      const contracts = own === phone ? ['server/emulator/state/model.ts'] : []
      const foreign = (file: SourceFile) =>
        file.imports.filter(
          ({ file: target, typeOnly }) =>
            target && !target.startsWith(own) && !(typeOnly && contracts.includes(target)),
        )
      expect(offences(files, (file) => foreign(file).map(({ specifier }) => specifier))).toEqual([])
    }
  })

  test('the emulator knows only the facts of the wire, and only the composition root knows the emulator', () => {
    const emulator = 'server/emulator/'
    const facts = ['limits', 'service-window', 'signature'].map((fact) => `server/whatsapp/${fact}.ts`)
    const root = ['server/edge-role.ts', 'server/emulator-role.ts']
    const inside = product.filter(({ path }) => path.startsWith(emulator))
    const outside = product.filter(({ path }) => !path.startsWith(emulator) && !root.includes(path))
    expect(inside.length).toBeGreaterThan(30)
    expect(
      offences(inside, (file) => importing(file, (target) => !target.startsWith(emulator) && !facts.includes(target))),
    ).toEqual([])
    expect(offences(outside, (file) => importing(file, (target) => target.startsWith(emulator)))).toEqual([])
  })

  test('the product imports no test code, and every import leads somewhere', () => {
    expect(offences(product, (file) => importing(file, (target) => byPath.get(target)?.isTest ?? false))).toEqual([])
    const missing = (target: string) => !target.includes('/generated/') && !existsSync(join(root, target))
    expect(offences(all, (file) => importing(file, missing))).toEqual([])
  })

  test('nothing imports itself in a circle', () => {
    expect(cycles(byPath)).toEqual([])
  })

  test('domain rules are pure: no input or output, no clock, no ids', () => {
    const domains = product.filter(({ path }) => /^server\/features\/[^/]+\/domain(\.ts$|\/)/.test(path))
    expect(domains.length).toBeGreaterThan(1)
    expect(offences(domains, ({ path }) => [...reach(byPath, path).packages])).toEqual([])
    expect(
      offences(domains, (file) => occurrences(file, /Date\.now\(\)|new Date\(\)|Math\.random|randomUUID|uuidv7\(/g)),
    ).toEqual([])
  })

  test('GraphQL fields reach the database only through their feature', () => {
    const schemas = product.filter(({ path }) =>
      /^server\/features\/[^/]+\/(schema|mutations|[a-z-]+-(schema|fields))\.ts$/.test(path),
    )
    const direct = [
      'server/db/client.ts',
      'server/unit-of-work/unit-of-work.ts',
      'server/db/tenant-pool.ts',
      'server/events/log.ts',
    ]
    expect(offences(schemas, (file) => importing(file, (target) => direct.includes(target)))).toEqual([])
  })
})

describe('the shape of a feature', () => {
  const features = join(root, 'server/features')
  const names = readdirSync(features, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)

  test.each(['schema', 'events', 'jobs', 'processors'])('a feature with %s.ts is in the list of all', (list) => {
    const having = names.filter((feature) => existsSync(join(features, feature, `${list}.ts`)))
    expect(having.length).toBeGreaterThan(0)
    const listed = byPath.get(`server/features/${list}.ts`)?.imports.map(({ file }) => file) ?? []
    expect(having.filter((feature) => !listed.includes(`server/features/${feature}/${list}.ts`))).toEqual([])
  })
})

describe('files', () => {
  test('are small: median at most 80 lines, 95th percentile 300, never over 400; tests never over 600', () => {
    const lines = product.map((file) => file.lines).toSorted((a, b) => a - b)
    const quantile = (q: number) => lines[Math.floor(q * (lines.length - 1))]
    expect(quantile(0.5)).toBeLessThanOrEqual(80)
    expect(quantile(0.95)).toBeLessThanOrEqual(300)
    expect(offences(product, ({ lines: count }) => (count > 400 ? [`${count} lines`] : []))).toEqual([])
    expect(offences(all, ({ lines: count }) => (count > 600 ? [`${count} lines`] : []))).toEqual([])
  })

  test('are called in kebab-case, or like the one component they export', () => {
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/
    const misnamed = all.filter(({ path }) => {
      const name = basename(path)
      if (!/^[A-Z]\w*\.tsx$/.test(name)) return !kebab.test(name)
      return !new RegExp(`^export (async )?(function|const|class) ${name.replace('.tsx', '')}\\b`, 'm').test(
        byPath.get(path)?.text ?? '',
      )
    })
    expect(misnamed.map(({ path }) => path)).toEqual([])
  })

  test('say in their names what they hold', () => {
    const vague = /(^|\/)(utils?|helpers?|common|misc|types|index)(\.|\/)/
    expect(all.map(({ path }) => path).filter((path) => vague.test(path))).toEqual([])
  })

  test('export by name, and only their own', () => {
    // Tools that ask for a default export.
    const tools = /\.config\.ts$|^codegen\.ts$/
    expect(
      offences(
        all.filter(({ path }) => !tools.test(path)),
        (file) => occurrences(file, /^export default\b.*/gm),
      ),
    ).toEqual([])
    expect(offences(all, (file) => occurrences(file, /^export (type )?(\*|\{[^}]*\}) .*from .*/gm))).toEqual([])
  })

  test('leave nothing for later and print nothing in passing', () => {
    const others = all.filter(({ path }) => path !== 'test/architecture.test.ts')
    expect(offences(others, (file) => file.text.match(/\b(TODO|FIXME|XXX|HACK)\b.*/g) ?? [])).toEqual([])
    expect(offences(product, (file) => occurrences(file, /\bconsole\.\w+\(/g))).toEqual([])
    expect(offences(others, (file) => file.text.match(/\bas any\b|@ts-(ignore|nocheck|expect-error)/g) ?? [])).toEqual(
      [],
    )
  })

  test('leave the environment to the configuration', () => {
    // Launchers run before there is a configuration; tools have none.
    const allowed = [
      'server/config.ts',
      'bot/config.ts',
      'server/start.mjs',
      'server/stamp.mjs',
      'server/build.ts',
      'server/generate.mjs',
      'server/dev.mjs',
      'prisma.config.ts',
      'vite.config.ts',
    ]
    const others = product.filter(({ path }) => !allowed.includes(path))
    expect(offences(others, (file) => occurrences(file, /\bprocess\.env\b.*/g))).toEqual([])
  })
})

describe('the API', () => {
  const schema = buildSchema(readFileSync(join(root, 'server/schema.graphql'), 'utf8'))
  const documents = (folder: string) =>
    trackedFiles().filter((path) => path.startsWith(folder) && path.endsWith('.graphql'))

  const PLACEHOLDER =
    /^(the )?(todo|tbd|fixme|description|none|n\/?a|id|field|value|argument|input|type)\.?$|lorem|\bxxx\b|\?\?\?/i

  test('describes every type, field, argument, value, input and directive, and says something in it', () => {
    const silent: string[] = []
    const look = (name: string, { description }: { description?: string | null | undefined }) => {
      const said = description?.trim() ?? ''
      const repeats =
        said.replaceAll(/[^a-z]/gi, '').toLowerCase() === name.split(/[.(]/).at(-1)?.replace(/\W/g, '').toLowerCase()
      if (said.length < 4 || repeats || PLACEHOLDER.test(said)) silent.push(`${name}: "${said}"`)
    }
    const lookAtArgs = (name: string, args: readonly GraphQLArgument[]) =>
      args.forEach((arg) => look(`${name}(${arg.name})`, arg))
    for (const type of Object.values(schema.getTypeMap())) {
      if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue
      look(type.name, type)
      if (isEnumType(type)) for (const value of type.getValues()) look(`${type.name}.${value.name}`, value)
      if (isObjectType(type) || isInterfaceType(type)) {
        for (const field of Object.values(type.getFields())) {
          look(`${type.name}.${field.name}`, field)
          lookAtArgs(`${type.name}.${field.name}`, field.args)
        }
      }
      if (isInputObjectType(type))
        for (const field of Object.values(type.getFields())) look(`${type.name}.${field.name}`, field)
    }
    for (const directive of schema.getDirectives()) {
      if (isSpecifiedDirective(directive)) continue
      look(`@${directive.name}`, directive)
      lookAtArgs(`@${directive.name}`, directive.args)
    }
    expect(silent).toEqual([])
  })

  test.each(['web/', 'bot/'])('can answer every document of %s', (folder) => {
    const paths = documents(folder)
    expect(paths.length).toBeGreaterThan(0)
    const text = paths.map((path) => readFileSync(join(root, path), 'utf8')).join('\n')
    expect(validate(schema, parse(text)).map(String)).toEqual([])
  })

  test('can answer every example of the playground', () => {
    const examples = readExamples()
    expect(examples.length).toBeGreaterThanOrEqual(12)
    for (const { query, variables } of examples) {
      expect(validate(schema, parse(query)).map(String)).toEqual([])
      expect(() => JSON.parse(variables) as unknown).not.toThrow()
    }
  })

  test('tells what to do about every typed outcome', () => {
    expect(Object.keys(ERROR_CURES).toSorted()).toEqual(typedErrors(schema).map(({ name }) => name))
  })

  test('refuses with the codes of its catalogue, and with each of them somewhere', () => {
    const server = product.filter(({ path }) => path.startsWith('server/'))
    const used = server.flatMap((file) =>
      [...file.text.matchAll(/(?:AppError|refusal)\(\s*'([A-Z_]+)'/g)].map(([, code = '']) => code),
    )
    expect([...new Set(used)].toSorted()).toEqual(Object.keys(ERROR_CODES).toSorted())
  })
})
