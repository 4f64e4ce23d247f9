import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../../../test/harness/app.ts'
import { createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import { authenticate } from '../../auth/authenticate.ts'
import { createAuthenticator } from '../../auth/authenticator.ts'
import type { AppContext } from '../../context.ts'
import { NotFoundError } from '../../errors.ts'
import { createApiKey, revokeApiKey, setBotKey } from './service.ts'

let testApp: TestApp
let app: AppContext
let shop: TestShop
beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
  shop = await createTestShop(app)
})
afterAll(() => testApp[Symbol.asyncDispose]())

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })
const whoHas = async (secret: string) => (await authenticate(app, bearer(secret)))?.kind ?? null

describe('a key', () => {
  test('authenticates for its own shop with its scopes, and is stored as a hash with a hint', async () => {
    const { id, secret } = await createApiKey(app, shop.owner, { name: 'Till', scopes: ['orders:read'] })
    expect(secret).toMatch(/^sl_[A-Za-z0-9_-]{43}$/)
    expect(await authenticate(app, bearer(secret))).toEqual({
      kind: 'API_KEY',
      merchantId: shop.merchantId,
      apiKeyId: id,
      name: 'Till',
      permissions: new Set(['orders:read']),
      endsAt: null,
    })
    const row = await tenantDb(app.database, shop.merchantId).apiKey.findUniqueOrThrow({ where: { id } })
    expect(row.prefix).toBe(secret.slice(0, 8))
    expect(JSON.stringify([row, Buffer.from(row.secretHash).toString('base64url')])).not.toContain(secret.slice(8))
  })

  test('cannot have permissions of the bot', async () => {
    await expect(createApiKey(app, shop.owner, { name: 'Bot', scopes: ['orders:read', 'bot:turns'] })).rejects.toThrow(
      'a key cannot have the scopes bot:turns',
    )
  })

  test('can be revoked once, and only by its own shop', async () => {
    const other = await createTestShop(app)
    const { id, secret } = await createApiKey(app, shop.owner, { name: 'Ends', scopes: ['orders:read'] })
    await expect(revokeApiKey(app, other.owner, id)).rejects.toThrow(NotFoundError)
    expect(await whoHas(secret)).toBe('API_KEY')
    await revokeApiKey(app, shop.owner, id)
    await revokeApiKey(app, shop.owner, id)
    expect(await whoHas(secret)).toBeNull()
    const entries = await tenantDb(app.database, shop.merchantId).auditEntry.findMany({
      where: { subjectId: id },
      orderBy: { id: 'asc' },
    })
    expect(entries.map(({ action }) => action)).toEqual(['api_key.create', 'api_key.revoke'])
  })

  test('expires', async () => {
    const soon = await createApiKey(app, shop.owner, {
      name: 'Past',
      scopes: ['orders:read'],
      expiresAt: new Date(Date.now() - 1),
    })
    const later = await createApiKey(app, shop.owner, {
      name: 'Future',
      scopes: ['orders:read'],
      expiresAt: new Date(Date.now() + 60_000),
    })
    expect([await whoHas(soon.secret), await whoHas(later.secret)]).toEqual([null, 'API_KEY'])
  })

  test('is cached for a moment, and dropped from the cache at once when revoked', async () => {
    await using authenticator = await createAuthenticator(app)
    const { id, secret } = await createApiKey(app, shop.owner, { name: 'Remembered', scopes: ['orders:read'] })
    expect((await authenticator.authenticate(bearer(secret)))?.kind).toBe('API_KEY')
    await revokeApiKey(app, shop.owner, id)
    expect(await authenticator.authenticate(bearer(secret))).toBeNull()
  })
})

test.each([
  '',
  'Bearer',
  'Bearer ',
  'Basic c2w6eA==',
  'Bearer short',
  `Bearer ${'x'.repeat(513)}`,
  'Bearer sl_with spaces in it ok',
  'Bearer sl_ünïcödé-is-not-in-a-key',
])('%j is not authenticated', async (authorization) => {
  expect(await authenticate(app, { authorization })).toBeNull()
})

describe('the bot’s key', () => {
  test('is unique: setting another ends the first', async () => {
    await setBotKey(app, 'first-key-of-the-bot')
    expect(await whoHas('first-key-of-the-bot')).toBe('IDLE_BOT')
    await setBotKey(app, 'second-key-of-the-bot')
    expect([await whoHas('first-key-of-the-bot'), await whoHas('second-key-of-the-bot')]).toEqual([null, 'IDLE_BOT'])
  })

  test('can be set by many processes at once, on a database that has none', async () => {
    for (let round = 0; round < 40; round++) {
      await app.database.pool.query("DELETE FROM platform_key WHERE name = 'bot'")
      await Promise.all(Array.from({ length: 8 }, () => setBotKey(app, 'the-key-of-all-processes')))
    }
    expect(await whoHas('the-key-of-all-processes')).toBe('IDLE_BOT')
  })
})
