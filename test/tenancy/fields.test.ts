import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemActor, type ApiKeyActor } from '../../server/auth/actor.ts'
import { KEY_SCOPES, PERMISSIONS, permissionsOfRole, type Permission } from '../../server/auth/permissions.ts'
import { tenantStore } from '../../server/db/tenant-pool.ts'
import { encodeCursor } from '../../server/events/cursor.ts'
import { relay } from '../../server/events/relay.ts'
import { rotateApiKey } from '../../server/features/api-keys/issuing.ts'
import { createApiKey, revokeApiKey } from '../../server/features/api-keys/service.ts'
import { signIn } from '../../server/features/staff/service.ts'
import { execute } from '../harness/app.ts'
import { createStaff } from '../harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { tenantDb } from '../harness/tenant-db.ts'
import { documentOf, rootFields, withAt, type RootField } from './fields.ts'
import { idOf, MATRIX, type Classified, type Thing } from './matrix.ts'
import { createLivelyShop, type LivelyShop } from './populate.ts'

let storeline: TestStoreline
let a: LivelyShop
let b: LivelyShop
let viewerOfB: { cookie: string }

beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'] })
  a = await createLivelyShop(storeline.app)
  b = await createLivelyShop(storeline.app)
  const email = `viewer-${randomUUID()}@shop.example`
  await createStaff(storeline.app, b.merchantId, { email, role: 'VIEWER' })
  const { token } = await signIn(storeline.app, { email, password: 'a password for tests' })
  viewerOfB = { cookie: `storeline_session=${token}` }
})
afterAll(() => storeline[Symbol.asyncDispose]())

type Answer = {
  data?: Record<string, unknown> | null
  errors?: { message: string; extensions?: Record<string, unknown>; locations?: unknown }[]
}
type Headers = Record<string, string>

const classified = (field: RootField): Classified => MATRIX[field.name] as Classified

/** Arguments that would work in the shop. */
function argsIn(shop: LivelyShop, field: RootField): Record<string, unknown> {
  const { args = {}, ids = {} } = classified(field)
  return Object.entries(ids).reduce((value, [path, thing]) => withAt(value, path, idOf(shop, thing)), args)
}

/** Where in the document an error arose is known only until the document is compiled: that tells nothing of the shop. */
const withoutPlace = ({ locations: _locations, ...error }: NonNullable<Answer['errors']>[number]) => error

async function call(field: RootField, headers: Headers, args: Record<string, unknown> = {}): Promise<Answer> {
  const client = storeline.graphql(headers)
  if (field.operation !== 'subscription') {
    const { data, errors } = await client.send(documentOf(field), args)
    return { ...(data ? { data } : {}), ...(errors ? { errors: errors.map(withoutPlace) } : {}) }
  }
  await using subscription = client.subscribe(documentOf(field), args)
  return await subscription.next()
}
const isViewers = (needs: Classified['needs']): boolean => permissionsOfRole('VIEWER').has(needs as Permission)
const codes = ({ errors }: Answer): unknown[] => (errors ?? []).map((error) => error.extensions?.code)

async function keyWith(shop: LivelyShop, scopes: readonly Permission[]): Promise<Headers> {
  const { secret } = await createApiKey(storeline.app, systemActor(shop.merchantId), { name: 'Narrow', scopes })
  return { authorization: `Bearer ${secret}` }
}

let fingerprint: string | undefined

/**
 * The rows a shop has in each table, counted and hashed: equal before and after means nothing has changed. One statement
 * over all tables. That a key was used is written down whatever it asks, so it is left out.
 */
async function everythingOf({ merchantId }: LivelyShop): Promise<string> {
  const { pool } = storeline.app.database
  return tenantStore.run({ merchantId }, async () => {
    if (!fingerprint) {
      const { rows: tables } = await pool.query<{ name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relrowsecurity ORDER BY 1`,
      )
      fingerprint = tables
        .map(
          ({ name }) => `SELECT '${name}' AS name, count(*)::int AS n, md5(string_agg(row, '' ORDER BY row)) AS hash
            FROM (SELECT (to_jsonb(t.*) - 'last_used_at')::text AS row FROM "${name}" t) rows`,
        )
        .join(' UNION ALL ')
    }
    const { rows } = await pool.query<{ name: string; n: number; hash: string }>({
      name: 'everything',
      text: fingerprint,
    })
    return rows.map(({ name, n, hash }) => `${name}: ${n} rows ${hash}`).join('\n')
  })
}

test('every root field of the API, and every id it takes, is classified in matrix.ts', () => {
  expect(Object.keys(MATRIX).toSorted()).toEqual(rootFields.map(({ name }) => name).toSorted())
  for (const field of rootFields)
    expect(Object.keys(classified(field).ids ?? {}).toSorted(), field.name).toEqual(field.idPaths.toSorted())
})

/** Everybody of the shop who might ask: an owner, a viewer, a key with every scope, and one with just the scope needed. */
async function callersOf(shop: LivelyShop, { needs }: Classified): Promise<Record<string, Headers>> {
  const permission = needs === 'open' || needs === 'bot' ? null : needs
  return {
    owner: shop.session,
    viewer: viewerOfB,
    'key with every scope': shop.key,
    ...(permission ? { [`key with ${permission}`]: await keyWith(shop, [permission]) } : {}),
  }
}

describe('an id of another shop', () => {
  const cases = rootFields.flatMap((field) => field.idPaths.map((path) => [field.name, path, field] as const))

  test.each(cases)('%s(%s) is answered like an unknown id and changes nothing', async (name, path, field) => {
    const thing = classified(field).ids?.[path] as Thing
    const callers = await callersOf(b, classified(field))
    const before = [await everythingOf(a), await everythingOf(b)]
    for (const [caller, headers] of Object.entries(callers)) {
      const unknown = await call(field, headers, withAt(argsIn(b, field), path, randomUUID()))
      const nonsense = await call(field, headers, withAt(argsIn(b, field), path, 'not-an-id'))
      const foreign = await call(field, headers, withAt(argsIn(b, field), path, idOf(a, thing)))
      expect(foreign, caller).toEqual(unknown)
      expect(nonsense, caller).toEqual(unknown)
      expect(JSON.stringify(foreign), caller).not.toContain(idOf(a, thing))
      const value = foreign.data?.[name]
      const allowed = caller !== 'viewer' || classified(field).needs === 'open' || isViewers(classified(field).needs)
      if (!allowed) expect(codes(foreign), caller).toEqual(['FORBIDDEN'])
      else if (field.operation === 'mutation')
        expect((value as { __typename: string } | null)?.__typename, caller).toMatch(/Error$/)
      else
        expect(value ?? null, caller).toSatisfy(
          (shown: { totalCount: number } | null) => shown === null || shown.totalCount === 0,
        )
    }
    expect([await everythingOf(a), await everythingOf(b)]).toEqual(before)
  })

  test.each(cases.filter(([, , { operation }]) => operation === 'query'))(
    '%s(%s) is found by those whose it is, so the test above could fail',
    async (name, path, field) => {
      // A filter is asked for alone: together they may leave nothing, whoever asks.
      const { args = {}, ids = {} } = classified(field)
      const alone = path.startsWith('filter.') ? withAt(args, path, idOf(a, ids[path] as Thing)) : argsIn(a, field)
      const { data, errors } = await call(field, a.key, alone)
      expect(errors).toBeUndefined()
      expect(data?.[name]).toSatisfy(
        (shown: { totalCount?: number } | null) => shown !== null && shown.totalCount !== 0,
      )
    },
  )
})

describe('a key that has ended', () => {
  test.each(['revoked', 'expired', 'rotated away'])(
    'because it was %s opens no field, and tells nothing of the ids it once knew',
    async (how) => {
      const { id, secret } = await createApiKey(storeline.app, systemActor(b.merchantId), {
        name: 'Ends',
        scopes: KEY_SCOPES,
      })
      const actor = systemActor(b.merchantId)
      if (how === 'revoked') await revokeApiKey(storeline.app, actor, id)
      else if (how === 'rotated away') await rotateApiKey(storeline.app, actor, { id, overlapHours: 0 })
      else {
        const expiresAt = new Date(Date.now() - 1)
        await tenantDb(storeline.app.database, b.merchantId).apiKey.update({ where: { id }, data: { expiresAt } })
      }
      const before = await everythingOf(b)
      const headers = { authorization: `Bearer ${secret}` }
      for (const field of rootFields.filter(({ operation }) => operation !== 'subscription')) {
        const { needs } = classified(field)
        if (needs !== 'open')
          expect(codes(await call(field, headers, argsIn(b, field))), field.name).toEqual(['UNAUTHENTICATED'])
      }
      expect((await storeline.graphql(headers).send('{ viewer { id } }')).data).toEqual({ viewer: null })
      await using socket = storeline.graphql(headers).subscribe('subscription { events { cursor } }')
      expect((await socket.next()).errors?.[0]?.extensions).toEqual({ close: 4403 })
      expect(await everythingOf(b)).toBe(before)
    },
  )
})

describe('lists', () => {
  const lists = rootFields.filter((field) => classified(field).lists)

  test.each(lists.map((field) => [field.name, field] as const))(
    '%s shows the shop’s own and nothing else',
    async (name, field) => {
      const shown = async (shop: LivelyShop, headers: Headers) => {
        const answer = await call(field, headers, { first: 100 })
        expect(answer.errors).toBeUndefined()
        return answer.data?.[name] as { totalCount: number; edges: { node: { id?: string } }[] }
      }
      const rowsOf = (shop: LivelyShop) =>
        tenantStore.run(
          shop,
          async () => (await storeline.app.database.pool.query(`SELECT * FROM "${classified(field).lists}"`)).rowCount,
        )
      const ofA = await shown(a, a.key)
      for (const headers of [b.session, b.key]) {
        const ofB = await shown(b, headers)
        expect(ofB.totalCount).toBe(await rowsOf(b))
        expect(ofB.edges).toHaveLength(ofB.totalCount)
        const ids = new Set(ofB.edges.flatMap(({ node }) => node.id ?? []))
        expect(ofA.edges.filter(({ node }) => node.id && ids.has(node.id))).toEqual([])
      }
    },
  )

  test('a subscriber sees its own shop’s events and nothing else', async () => {
    const { app } = storeline
    const takeOver = async (shop: LivelyShop) => {
      const document = 'mutation ($id: ID!) { takeOverConversation(input: { conversationId: $id }) { __typename } }'
      await storeline.graphql(shop.key).run(document, { id: idOf(shop, 'conversation', 1) })
      await relay(app, shop.merchantId)
    }
    const cursor = encodeCursor((await app.log.bounds(b.merchantId)).last)
    const document =
      'subscription ($after: EventCursor) { events(after: $after) { ... on ConversationHandoffEvent { conversation { id } } } }'
    await using ofB = storeline.graphql(b.key).subscribe(document, { after: cursor })
    await takeOver(b)
    expect((await ofB.next()).data?.events).toEqual({ conversation: { id: idOf(b, 'conversation', 1) } })
    await takeOver(a)
    await takeOver(b)
    await ofB.next()
    const shown = ofB.received.map(({ data }) => (data?.events as { conversation: { id: string } }).conversation.id)
    expect(shown).toEqual([idOf(b, 'conversation', 1), idOf(b, 'conversation', 1)])
    // A cursor is a place in one's own log, whoever made it.
    await using ofA = storeline
      .graphql(a.key)
      .subscribe(document, { after: encodeCursor((await app.log.bounds(a.merchantId)).last - 1) })
    expect((await ofA.next()).data?.events).toEqual({ conversation: { id: idOf(a, 'conversation', 1) } })
  })
})

describe('rights', () => {
  const guarded = rootFields.filter((field) => classified(field).needs !== 'open')

  test.each(guarded.map((field) => [field.name, field] as const))(
    '%s tells anonymous callers to sign in',
    async (_name, field) => {
      expect(codes(await call(field, {}, argsIn(b, field)))).toEqual(['UNAUTHENTICATED'])
      expect(
        codes(
          await call(field, { authorization: 'Bearer sl_this-is-not-a-key-of-any-shop' }, argsIn(b, field)).catch(
            () => ({ errors: [] }),
          ),
        ),
      ).not.toContain('FORBIDDEN')
    },
  )

  test.each(guarded.map((field) => [field.name, field] as const))(
    '%s refuses a key that lacks just its scope',
    async (_name, field) => {
      const { needs } = classified(field)
      const headers = await keyWith(
        b,
        KEY_SCOPES.filter((scope) => scope !== needs),
      )
      expect(codes(await call(field, headers, argsIn(b, field)))).toEqual(['FORBIDDEN'])
    },
  )

  test.each(
    guarded
      .filter((field) => classified(field).needs !== 'bot' && field.operation === 'query')
      .map((field) => [field.name, field] as const),
  )('%s needs its scope and no other', async (_name, field) => {
    const headers = await keyWith(b, [classified(field).needs as Permission])
    expect((await call(field, headers, argsIn(b, field))).errors).toBeUndefined()
  })

  /** The field asked in this process by an actor with these permissions: the decision alone, without a connection. */
  const decision = async (field: RootField, permissions: ReadonlySet<Permission>): Promise<unknown> => {
    const actor: ApiKeyActor = {
      kind: 'API_KEY',
      merchantId: b.merchantId,
      apiKeyId: randomUUID(),
      name: 'Asked',
      permissions,
      endsAt: null,
    }
    try {
      if (field.operation === 'subscription') return null
      await execute(storeline.app, actor, documentOf(field), argsIn(b, field))
      return null
    } catch (error) {
      return (error as { cause?: { code?: unknown } }).cause?.code ?? error
    }
  }

  test.each(KEY_SCOPES)('%s alone opens its own fields and no other', async (scope) => {
    const before = await everythingOf(b)
    for (const field of guarded.filter((one) => one.operation !== 'subscription' && classified(one).needs !== scope))
      expect(await decision(field, new Set([scope])), field.name).toBe('FORBIDDEN')
    expect(await everythingOf(b)).toBe(before)
  })

  test.each(['VIEWER', 'AGENT', 'MANAGER', 'OWNER'] as const)(
    'the role %s opens what it has and no more',
    async (role) => {
      const permissions = permissionsOfRole(role)
      const before = await everythingOf(b)
      for (const field of guarded.filter(({ operation }) => operation !== 'subscription')) {
        const { needs } = classified(field)
        const may = permissions.has(needs as Permission)
        if (may && field.operation === 'mutation') continue
        expect(await decision(field, permissions), field.name).toBe(may ? null : 'FORBIDDEN')
      }
      expect(await everythingOf(b)).toBe(before)
    },
  )

  test('a viewer who is signed in changes nothing', async () => {
    const before = await everythingOf(b)
    for (const field of guarded.filter(({ operation }) => operation === 'mutation'))
      expect(codes(await call(field, viewerOfB, argsIn(b, field))), field.name).toEqual(['FORBIDDEN'])
    expect(await everythingOf(b)).toBe(before)
  })

  test('every permission but the bot’s belongs to some role and guards some field', () => {
    const needed = new Set(Object.values(MATRIX).map(({ needs }) => needs))
    for (const permission of Object.keys(PERMISSIONS))
      expect(permission === 'bot:turns' || needed.has(permission as Permission), permission).toBe(true)
  })
})
