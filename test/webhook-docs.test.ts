import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { environment } from '../server/config.ts'
import { freePort } from '../server/db/embedded.ts'
import { until } from './harness/processes.ts'
import { startReceiver } from './harness/receiver.ts'
import { startTestStoreline, type TestStoreline } from './harness/storeline.ts'
import { LOCAL_WEBHOOKS, webhooksOf } from './harness/webhooks.ts'
import { SETTINGS } from '../server/settings.ts'

const page = await readFile(new URL('../docs/webhooks.md', import.meta.url), 'utf8')

let storeline: TestStoreline
let folder: string
beforeAll(async () => {
  storeline = await startTestStoreline({ env: LOCAL_WEBHOOKS })
  folder = await mkdtemp(join(tmpdir(), 'storeline-receivers-'))
})
afterAll(async () => {
  await storeline?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const LANGUAGES: [language: string, file: string, command: string, args: (file: string, port: number) => string[]][] = [
  ['js', 'receiver.mjs', process.execPath, (file) => [file]],
  ['python', 'receiver.py', 'python3', (file) => [file]],
  ['php', 'receiver.php', 'php', (file, port) => ['-S', `127.0.0.1:${port}`, file]],
]

describe.each(LANGUAGES)('the receiver in %s', (language, name, command, args) => {
  test('takes what we send, once, with either secret, and refuses what we did not send', async () => {
    const source = new RegExp(`^\`\`\`${language} run=receiver\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1] ?? ''
    const file = join(folder, name)
    await writeFile(file, source)
    const port = await freePort()
    const url = `http://127.0.0.1:${port}/`
    const webhooks = webhooksOf(storeline.app, storeline.shop)
    const { id, secret } = await webhooks.create({ url })
    const env = { ...environment(), PORT: String(port), WEBHOOK_SECRET: secret }
    const child: ChildProcess = spawn(command, args(file, port), { env })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    try {
      await until('the receiver listens', () =>
        fetch(url, { method: 'POST' }).then(
          (answer) => answer.status === 401,
          () => false,
        ),
      )
      await webhooks.emit(2)
      const all = async (count: number) => {
        const deliveries = await webhooks.deliveries(id)
        return deliveries.length === count && deliveries.every(({ status }) => status === 'SUCCEEDED')
      }
      await until('both events are taken', () => all(2))
      await storeline
        .graphql(storeline.shop.key)
        .run('mutation ($id: ID!) { rotateWebhookSecret(input: { endpointId: $id }) { __typename } }', { id })
      await webhooks.emit()
      await until('an event with two signatures is taken', () => all(3))
      await until('each is told of', () => said.match(/order_status_changed/g)?.length === 3)

      // A delivery to our own receiver, changed a little, is refused by the example.
      await using own = await startReceiver()
      await webhooks.create({ url: own.url })
      await webhooks.emit()
      const sent = await until('it arrives', () => own.received[0])
      const post = (headers: Record<string, string>, body: string) =>
        fetch(url, { method: 'POST', headers, body }).then((answer) => answer.status)
      expect(await post(sent.headers, sent.body), 'signed for another endpoint').toBe(401)
      expect(await post({ ...sent.headers, 'webhook-signature': 'v1,' }, sent.body)).toBe(401)
      expect(await post({}, '{}')).toBe(401)
    } finally {
      child.kill('SIGKILL')
    }
  })
})

const inWords = (seconds: number): string => {
  if (seconds < 60) return `${seconds} s`
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  return [hours > 0 ? `${hours} h` : '', minutes > 0 ? `${minutes} min` : ''].filter(Boolean).join(' ')
}

test('the schedule on the page is the one that is used', () => {
  let since = 0
  const rows = SETTINGS.WEBHOOK_RETRY_SECONDS.fallback.split(',').map((text, index) => {
    const pause = Number(text)
    since += pause
    // The table leaves out the seconds of long times.
    return `| ${index + 1} | ${pause === 0 ? 'at once' : inWords(pause)} | ${inWords(since)} |`
  })
  const table = /<!-- generated: schedule -->\n\n[^\n]+\n[^\n]+\n([\s\S]*?)\n\n<!-- end/.exec(page)?.[1] ?? ''
  expect(table.replaceAll(/ +/g, ' ').split('\n')).toEqual(rows)
})

test('the schemas the server gives out are those of the events, and what is sent keeps to them', async () => {
  const index = (await (await fetch(`${storeline.url}/schemas/events`)).json()) as {
    events: { type: string; version: number; schema: string }[]
  }
  expect(index.events.map(({ type }) => type).toSorted()).toEqual(
    storeline.app.events.all.map(({ type }) => type).toSorted(),
  )
  for (const { type, version, schema } of index.events) {
    expect(new URL(schema).pathname).toBe(`/schemas/events/${type}.v${version}.json`)
    const answer = await fetch(`${storeline.url}${new URL(schema).pathname}`)
    expect(answer.headers.get('content-type')).toContain('application/schema+json')
    const { $id, ...served } = (await answer.json()) as Record<string, unknown>
    expect($id).toBe(schema)
    const file = new URL(`../docs/events/${type}.v${version}.schema.json`, import.meta.url)
    expect(served).toEqual(JSON.parse(await readFile(file, 'utf8')))
  }
  expect((await fetch(`${storeline.url}/schemas/events/nothing.v1.json`)).status).toBe(404)

  await using receiver = await startReceiver()
  const webhooks = webhooksOf(storeline.app, storeline.shop)
  await webhooks.create({ url: receiver.url })
  await webhooks.emit()
  const { body } = await until('it arrives', () => receiver.received[0])
  const { type, version, data } = JSON.parse(body) as { type: string; version: number; data: unknown }
  const schema = (await (await fetch(`${storeline.url}/schemas/events/${type}.v${version}.json`)).json()) as object
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  expect(ajv.validate(schema, data), JSON.stringify(ajv.errors)).toBe(true)
})
