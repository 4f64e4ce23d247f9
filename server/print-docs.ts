import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { buildSchema } from 'graphql'
import * as z from 'zod'
import { Environment as BotEnvironment } from '../bot/config.ts'
import { PERMISSIONS } from './auth/permissions.ts'
import { errorsPage } from './docs/error-catalogue.ts'
import { readExamples } from './docs/examples.ts'
import { code, table } from './docs/markdown.ts'
import { ERROR_CODES } from './errors.ts'
import { eventJsonSchema } from './events/json-schema.ts'
import type { AnyEventDefinition } from './events/kit.ts'
import { eventCatalogue } from './features/events.ts'
import { MAX_PAGE } from './graphql/connection.ts'
import { LIMITS } from './graphql/limits.ts'
import { SETTINGS } from './settings.ts'

// `npm run docs` generates the documentation that repeats code: docs/configuration.md, docs/events/*.schema.json and the
// marked parts of docs/partners.md. With --check it fails when a committed file differs.
const EVENTS = 'docs/events'
const PARTNERS = 'docs/partners.md'

type Setting = { schema: z.ZodType; doc: string; example?: string; fallback?: string; secret?: boolean }

function configuration(): string {
  const server = Object.entries(SETTINGS as Record<string, Setting>).map(
    ([name, { doc, fallback, example, secret }]) => [
      code(name),
      `${doc}${example ? ` E.g. ${code(example)}.` : ''}`,
      fallback === undefined ? '' : code(fallback),
      secret ? 'yes' : '',
    ],
  )
  const bot = Object.entries(BotEnvironment.shape).map(([name, schema]) => {
    const fallback = schema instanceof z.ZodDefault ? code(String(schema.def.defaultValue)) : 'required'
    return [code(name), schema.description ?? '', fallback]
  })
  return `# Configuration

<!-- Written by "npm run docs" from server/settings.ts and bot/config.ts. Change those, not this page. -->

Settings are environment variables. No setting is required for a trial: without any, \`npm start\` runs everything embedded. The
start lists all invalid and missing settings at once. Secrets are never logged. In production they are never generated:
\`NODE_ENV=production\` requires \`DATABASE_URL\`, \`REDIS_URL\`, \`BOT_API_KEY\`, \`SECRET_KEY\`, \`PUBLIC_URL\`, and the three
credentials of WhatsApp (or \`WHATSAPP_API_URL\`).

## Server: roles api, worker and emulator

${table(['Variable', 'Meaning', 'Default', 'Secret'], server)}

## Bot

A separate bot process (\`npm start -- --roles bot\`) reads only these settings.

${table(['Variable', 'Meaning', 'Default'], bot)}
`
}

const jsonSchema = (event: AnyEventDefinition): string => `${JSON.stringify(eventJsonSchema(event), null, 2)}\n`

const fileOf = ({ type, version }: AnyEventDefinition): string => `${type}.v${version}.schema.json`

const byType = eventCatalogue.all.toSorted((a, b) => a.type.localeCompare(b.type))

/** The generated parts of docs/partners.md, by the name of their markers. */
const PARTS: Record<string, () => string> = {
  permissions: () =>
    table(
      ['Permission', 'Allows to', 'Staff roles', 'Available to keys'],
      Object.entries(PERMISSIONS).map(([name, { doc, roles }]) => [
        code(name),
        doc,
        roles.map((role) => role.toLowerCase()).join(', ') || '–',
        roles.length > 0 ? 'yes' : 'no',
      ]),
    ),
  errors: () =>
    table(
      ['Code', 'HTTP status', 'What happened', 'What to do'],
      Object.entries(ERROR_CODES).map(([name, { status, cause, cure }]) => [
        `[${code(name)}](errors.md#${name.toLowerCase()})`,
        String(status),
        cause,
        cure,
      ]),
    ),
  bucket: () =>
    `${SETTINGS.RATE_LIMIT_POINTS.fallback} points in the bucket, ${SETTINGS.RATE_LIMIT_RESTORE.fallback} restored per second, unless the operator configured other values.`,
  limits: () =>
    table(
      ['Limit', 'Value', 'Error when exceeded'],
      [
        ['Size of a document', `${LIMITS.documentBytes} characters`, code('QUERY_TOO_COMPLEX')],
        ['Tokens in a document', String(LIMITS.tokens), code('QUERY_TOO_COMPLEX')],
        ['Fields and fragments, with fragments expanded', String(LIMITS.selections), code('QUERY_TOO_COMPLEX')],
        [
          'Pairs of fields with one response name, and of sibling fragments',
          String(LIMITS.pairs),
          code('QUERY_TOO_COMPLEX'),
        ],
        ['Aliases in a document', String(LIMITS.aliases), code('QUERY_TOO_COMPLEX')],
        ['Directives in a document', String(LIMITS.directives), code('QUERY_TOO_COMPLEX')],
        ['Depth', `${LIMITS.depth} levels`, code('QUERY_TOO_COMPLEX')],
        [
          'Cost (fields, multiplied by the page sizes of the lists around them)',
          String(LIMITS.cost),
          code('QUERY_TOO_COMPLEX'),
        ],
        ['Page size', `${MAX_PAGE} items`, code('BAD_INPUT')],
      ],
    ),
  events: () =>
    table(
      ['Event', 'Raised when', 'Permission', 'Payload'],
      byType.map((event) => [
        code(event.type),
        event.doc,
        code(event.permission),
        `[v${event.version}](${basename(EVENTS)}/${fileOf(event)})`,
      ]),
    ),
}

/** @throws Error when a marker is missing, so that no generated part disappears unnoticed. */
function fillIn(page: string): string {
  return Object.entries(PARTS).reduce((text, [name, print]) => {
    const [open, close] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`]
    const [from, to] = [text.indexOf(open), text.indexOf(close)]
    if (from < 0 || to < from) throw new Error(`${PARTNERS} lacks the markers "${open}" and "${close}".`)
    return `${text.slice(0, from + open.length)}\n\n${print()}\n\n${text.slice(to)}`
  }, page)
}

const read = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

const wanted = new Map<string, string>([
  ['docs/configuration.md', configuration()],
  ['docs/errors.md', errorsPage(buildSchema(readFileSync('server/schema.graphql', 'utf8')))],
  ['server/http/playground/examples.json', `${JSON.stringify(readExamples(), null, 2)}\n`],
  [PARTNERS, fillIn(read(PARTNERS) ?? '')],
  ...byType.map((event): [string, string] => [join(EVENTS, fileOf(event)), jsonSchema(event)]),
])
mkdirSync(EVENTS, { recursive: true })
const stale = readdirSync(EVENTS)
  .map((name) => join(EVENTS, name))
  .filter((file) => !wanted.has(file))
const changed = [...wanted].filter(([file, text]) => read(file) !== text)

if (!process.argv.includes('--check')) {
  for (const [file, text] of changed) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  for (const file of stale) rmSync(file)
} else if (changed.length + stale.length > 0) {
  const files = [...changed.map(([file]) => file), ...stale]
  process.stderr.write(
    `Documentation differs from the code: ${files.join(', ')}. Run "npm run docs" and commit the result.\n`,
  )
  process.exit(1)
}
