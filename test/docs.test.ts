import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { environment } from '../server/config.ts'
import { createCustomer } from './harness/app.ts'
import { busyImage } from './harness/images.ts'
import { createTestProduct } from './harness/shop.ts'
import { deliver, inboundBody } from './harness/whatsapp.ts'
import { startTestStoreline, type TestStoreline } from './harness/storeline.ts'
import { sourceFiles } from './source-files.ts'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '..')

/** Fenced blocks of a page whose info string is `<language> run` or `<language> run=<name>`. */
function runnable(page: string, language: string): { name: string; source: string }[] {
  const fences = page.matchAll(/^```(\w+) run(?:=(\w+))?\n([\s\S]*?)^```$/gm)
  return [...fences].filter(([, kind]) => kind === language).map(([, , name = '', source = '']) => ({ name, source }))
}

/** A sentence of the product that names a heading of a page. */
const POINTER = /"([^"\n]+)" in (docs\/[\w-]+\.md)|(docs\/[\w-]+\.md), "([^"\n]+)"/g

const pages = async (): Promise<string[]> => {
  const names = await readdir(join(root, 'docs'), { recursive: true })
  return ['README.md', ...names.filter((name) => name.endsWith('.md')).map((name) => join('docs', name))]
}

describe('the examples of docs/partners.md', () => {
  let storeline: TestStoreline
  let folder: string
  let env: NodeJS.ProcessEnv
  let page: string

  beforeAll(async () => {
    storeline = await startTestStoreline()
    page = await readFile(join(root, 'docs/partners.md'), 'utf8')
    // Inside the package, so that the examples find graphql-ws and ws.
    await mkdir(join(root, 'node_modules/.cache'), { recursive: true })
    folder = await mkdtemp(join(root, 'node_modules/.cache/docs-'))
    const key = storeline.shop.key.authorization.replace('Bearer ', '')
    env = {
      ...environment(),
      STORELINE_URL: storeline.url,
      STORELINE_KEY: key,
      CURSOR_FILE: join(folder, 'cursor.txt'),
    }
  })

  afterAll(async () => {
    await storeline?.[Symbol.asyncDispose]()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  const scriptOf = async (name: string, source: string): Promise<string> => {
    const file = join(folder, `${name}.mjs`)
    await writeFile(file, source)
    return file
  }

  test('in the shell answer without errors', async () => {
    const examples = runnable(page, 'bash').filter(({ name }) => name === '')
    expect(examples).toHaveLength(2)
    for (const { source } of examples) {
      const { stdout } = await run('bash', ['-euc', source], { env })
      expect(JSON.parse(stdout)).toEqual({ data: expect.any(Object) })
    }
  })

  test('read every page and repeat a mutation safely', async () => {
    const [paging, repeating] = runnable(page, 'js').filter(({ name }) => name === '')
    const orders = await run('node', [await scriptOf('paging', paging?.source ?? '')], { env })
    expect(orders.stdout).toBe('0 orders\n')
    const products = await run('node', [await scriptOf('repeating', repeating?.source ?? '')], { env })
    expect(products.stdout).toBe('same product: true\nother input: IDEMPOTENCY_CONFLICT\n')
  })

  test('place an order with lines', async () => {
    await createCustomer(storeline.app, storeline.shop.merchantId)
    await createTestProduct(storeline.app, storeline.shop.owner)
    const [ordering] = runnable(page, 'js').filter(({ name }) => name === 'order')
    const { stdout } = await run('node', [await scriptOf('ordering', ordering?.source ?? '')], { env })
    expect(stdout).toMatch(/__typename: 'Order'[\s\S]*quantity: 1/)
  })

  test('upload an image', async () => {
    const [uploading] = runnable(page, 'js').filter(({ name }) => name === 'upload')
    const { stdout } = await run('node', [await scriptOf('uploading', uploading?.source ?? '')], { env })
    expect(stdout).toBe('uploaded: MediaAsset PROCESSING\n')
    // Large enough for curl to ask first whether it may send it.
    await writeFile(join(folder, 'cup.jpg'), await busyImage({ width: 3_000, height: 2_000 }))
    const [shell] = runnable(page, 'bash').filter(({ name }) => name === 'upload')
    const answer = await run('bash', ['-euc', shell?.source ?? ''], { env, cwd: folder })
    expect(JSON.parse(answer.stdout)).toMatchObject({ data: { uploadMedia: { __typename: 'MediaAsset' } } })
  })

  test('wait as long as they are told to when the bucket of their key is empty', async () => {
    await using limited = await startTestStoreline({
      roles: ['api'],
      env: { RATE_LIMIT_POINTS: '100', RATE_LIMIT_RESTORE: '5' },
    })
    const [example] = runnable(page, 'js').filter(({ name }) => name === 'limited')
    const { stdout } = await run('node', [await scriptOf('limited', example?.source ?? '')], {
      env: {
        ...env,
        STORELINE_URL: limited.url,
        STORELINE_KEY: limited.shop.key.authorization.replace('Bearer ', ''),
      },
    })
    const lines = stdout.trim().split('\n')
    expect(lines.filter((line) => line === 'cost 9 of 81')).toHaveLength(5)
    expect(lines.filter((line) => /^waiting [12] s$/.test(line)).length).toBeGreaterThanOrEqual(1)
  })

  test('follow events and miss nothing of what happened while they were not running', async () => {
    const [follow] = runnable(page, 'js').filter(({ name }) => name === 'follow')
    const file = await scriptOf('follow', follow?.source ?? '')
    const write = async (text: string) => {
      await deliver(storeline, inboundBody(storeline.shop.phoneNumberId, [{ from: '15550100199', text }]))
      await storeline.drain()
    }
    const first = await follower(file, env)
    await storelineFollowed(storeline)
    await write('one')
    await first.printed('message_received one')
    await expect.poll(() => existsSync(join(folder, 'cursor.txt'))).toBe(true)
    await first.stop()
    await write('two')
    const second = await follower(file, env)
    await second.printed('message_received two')
    await second.stop()
    expect(second.output()).not.toContain('message_received one')
  })
})

/** Resolves once somebody follows the shop's log. */
async function storelineFollowed({ app, shop }: TestStoreline): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await delay(10)) {
    if (app.streams.feeds().some((feed) => feed.merchantId === shop.merchantId)) return
  }
  throw new Error('The example did not subscribe within 10 s')
}

async function follower(file: string, env: NodeJS.ProcessEnv) {
  const child: ChildProcess = spawn('node', [file], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = new Promise((done) => child.once('exit', done))
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return {
    output: () => text,
    printed: async (line: string) => {
      for (const deadline = Date.now() + 15_000; !text.split('\n').includes(line); await delay(10)) {
        if (Date.now() > deadline) throw new Error(`"${line}" was not printed within 15 s; so far:\n${text}`)
      }
    },
    stop: async () => {
      child.kill('SIGKILL')
      await exit
    },
  }
}

describe('documentation', () => {
  test('has no link to a file or heading that is not there', async () => {
    const broken: string[] = []
    for (const page of await pages()) {
      const text = await readFile(join(root, page), 'utf8')
      for (const [, target = ''] of text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue
        const [path = '', anchor] = target.split('#')
        const file = path ? join(root, dirname(page), path) : join(root, page)
        const found = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) =>
          error.code === 'EISDIR' ? '' : null,
        )
        if (found === null) broken.push(`${page}: ${relative(root, file)}`)
        else if (anchor && !headings(found).includes(anchor)) broken.push(`${page}: #${anchor}`)
      }
    }
    expect(broken).toEqual([])
  })

  test('has the headings that messages of the product point to', async () => {
    const pointers = sourceFiles().flatMap(({ path, text, isTest }) =>
      isTest
        ? []
        : [...text.matchAll(POINTER)].map(([, first = '', page = '', pageFirst = page, heading = first]) => ({
            path,
            page: pageFirst,
            heading,
          })),
    )
    expect(pointers.length).toBeGreaterThan(3)
    const broken: string[] = []
    for (const { path, page, heading } of pointers) {
      const text = await readFile(join(root, page), 'utf8')
      if (!text.includes(`# ${heading}\n`)) broken.push(`${path}: "${heading}" in ${page}`)
    }
    expect(broken).toEqual([])
  })

  test('names files and folders that exist', async () => {
    const missing: string[] = []
    for (const name of (await pages()).filter((path) => !path.startsWith('docs/decisions/'))) {
      const text = await readFile(join(root, name), 'utf8')
      for (const [, path = ''] of text.matchAll(/`((?:server|web|bot|test|prisma|bench|docs)\/[\w./-]+)`/g))
        if (!existsSync(join(root, path))) missing.push(`${name}: ${path}`)
    }
    expect(missing).toEqual([])
  })

  test('calls npm scripts that exist', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    const unknown: string[] = []
    for (const page of await pages()) {
      for (const [, name = ''] of (await readFile(join(root, page), 'utf8')).matchAll(/npm run ([\w:-]+)/g)) {
        if (!(name in scripts)) unknown.push(`${page}: npm run ${name}`)
      }
    }
    expect(unknown).toEqual([])
  })

  test('prints JSON Schemas that are valid and accept a real event', async () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    const names = await readdir(join(root, 'docs/events'))
    for (const name of names) {
      const schema = JSON.parse(await readFile(join(root, 'docs/events', name), 'utf8')) as object
      expect(ajv.validateSchema(schema), name).toBe(true)
    }
    const received = JSON.parse(
      await readFile(join(root, 'docs/events/message_received.v1.schema.json'), 'utf8'),
    ) as object
    const message = { messageId: 'a', conversationId: 'b', customerId: 'c', kind: 'text', text: 'hi' }
    expect(ajv.validate(received, { ...message, addedLater: 1 })).toBe(true)
    expect(ajv.validate(received, { ...message, text: undefined })).toBe(false)
  })

  test('shows GraphQL that parses', async () => {
    for (const page of await pages()) {
      const fences = (await readFile(join(root, page), 'utf8')).matchAll(/^```graphql\n([\s\S]*?)^```$/gm)
      for (const [, source = ''] of fences) expect(() => parse(source), `${page}\n${source}`).not.toThrow()
    }
  })
})

/** Anchors as GitHub makes them of headings. */
const headings = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
