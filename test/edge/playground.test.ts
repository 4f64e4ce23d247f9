import { readFile } from 'node:fs/promises'
import { parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { createPopulatedShop, type PopulatedShop } from '../tenancy/populate.ts'

let storeline: TestStoreline
let shop: PopulatedShop
beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'] })
  shop = await createPopulatedShop(storeline.app)
})
afterAll(() => storeline[Symbol.asyncDispose]())

type Settings = { tabs: { query: string; variables: string }[]; key: string | null; files: string }

const open = () => fetch(`${storeline.url}/graphql`, { headers: { accept: 'text/html,application/xhtml+xml' } })
/** Parses the settings of the page as the browser does. */
async function settingsOf(page: string): Promise<Settings> {
  const [, json = ''] = /<script type="application\/json" id="settings">(.*?)<\/script>/s.exec(page) ?? []
  return JSON.parse(json) as Settings
}

describe('the page', () => {
  test('runs own files only, and cannot be framed', async () => {
    const response = await open()
    expect(response.status).toBe(200)
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("connect-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy.replace(/style-src[^;]*/, '')).not.toMatch(/unsafe|\*|https?:/)
    // In a demo the page contains a key, which no cache may store.
    expect(response.headers.get('cache-control')).toBe('no-store')
    const page = await response.text()
    expect(page).not.toMatch(/<script(?![^>]*(src=|application\/json))|\son\w+=|style="/)
    expect((await settingsOf(page)).key).toBeNull()
  })

  test('names files that exist, are compressed and are cached for ever', async () => {
    const page = await (await open()).text()
    const { files } = await settingsOf(page)
    const named = [...page.matchAll(/(?:src|href)="(\/playground\/[^"]+)"/g)].map(([, path = '']) => path)
    expect(named).toHaveLength(4)
    const workers = ['editorWorkerService', 'graphql', 'json'].map((name) => `${files}/${name}.worker.js`)
    for (const path of [...named, ...workers]) {
      const response = await fetch(`${storeline.url}${path}`)
      expect(response.status, path).toBe(200)
      expect(response.headers.get('cache-control'), path).toContain('immutable')
      expect(response.headers.get('content-encoding'), path).toBe('gzip')
      expect((await response.text()).length, path).toBeGreaterThan(100)
    }
    expect((await fetch(`${storeline.url}${files}/secrets.json`)).status).toBe(404)
    expect((await fetch(`${storeline.url}${files}/..%2f..%2fpackage.json`)).status).toBe(404)
  })

  test('escapes the examples, so that they cannot end its script element', async () => {
    const page = await (await open()).text()
    expect(page.match(/<\/script>/g)).toHaveLength(3)
  })
})

test('the examples cover all main areas of the API', async () => {
  const { tabs } = await settingsOf(await (await open()).text())
  const text = tabs.map(({ query }) => query).join('\n')
  for (const field of [
    'orders(',
    'products(',
    'customers(',
    'conversations(',
    'templates(',
    'mediaAssets(',
    'payments(',
    'createWebhookEndpoint(',
    'apiKeys(',
    'eventLog(',
    'subscription FollowEvents',
    'after: $after',
    'idempotencyKey',
  ])
    expect(text, field).toContain(field)
})

test('every example succeeds in the order of the tabs, with the ids of the shop in its variables', async () => {
  const { tabs } = await settingsOf(await (await open()).text())
  expect(tabs.length).toBeGreaterThanOrEqual(12)
  const [customer] = shop.customers
  const known: Record<string, string> = {
    CUSTOMER_ID: customer.customerId,
    CONVERSATION_ID: customer.conversationId,
    VARIANT_ID: shop.variantId,
  }
  const names: string[] = []
  for (const { query, variables } of tabs) {
    const [definition] = parse(query).definitions
    if (definition?.kind !== 'OperationDefinition') throw new Error(`No operation in ${query}`)
    const name = definition.name?.value ?? ''
    names.push(name)
    expect(query, `${name} begins with a comment`).toMatch(/^# [A-Z]/)
    const filled = variables.replaceAll(/"([A-Z]+_ID)"/g, (_all, id: string) => JSON.stringify(known[id]))
    const client = storeline.graphql(shop.key)
    if (definition.operation === 'subscription') {
      const { eventCursor } = await storeline.app.log
        .bounds(shop.merchantId)
        .then(() =>
          client.run<{ eventLog: { edges: { cursor: string }[] } }>('{ eventLog(first: 1) { edges { cursor } } }'),
        )
        .then(({ eventLog }) => ({ eventCursor: eventLog.edges[0]?.cursor }))
      await using live = client.subscribe(query, { ...(JSON.parse(filled) as object), after: eventCursor })
      const { data, errors } = await live.next()
      expect(errors, name).toBeUndefined()
      expect(data?.events, name).toMatchObject({
        __typename: expect.stringMatching(/Event$/),
        cursor: expect.any(String),
      })
      continue
    }
    const { data, errors } = await client.send(query, JSON.parse(filled) as Record<string, unknown>)
    expect(errors, name).toBeUndefined()
    for (const [field, value] of Object.entries(data ?? {})) {
      expect(value, `${name}.${field}`).not.toBeNull()
      expect((value as { __typename?: string }).__typename ?? '', `${name}.${field}`).not.toMatch(/Error$/)
      const { totalCount } = value as { totalCount?: number }
      if (totalCount !== undefined) expect(totalCount, `${name}.${field} shows something`).toBeGreaterThan(0)
    }
    const placed = data?.placeOrder as { id?: string } | undefined
    if (placed?.id) known.ORDER_ID = placed.id
  }
  expect(new Set(names).size, 'tabs have different operation names').toBe(tabs.length)
})

test('the examples are the files of docs/examples', async () => {
  const { tabs } = await settingsOf(await (await open()).text())
  const first = await readFile('docs/examples/01-who-am-i.graphql', 'utf8')
  expect(tabs[0]?.query).toBe(first)
})
