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
import { idOf, MATRIX, type FieldRule, type ObjectKind } from './matrix.ts'
import { createPopulatedShop, type PopulatedShop } from './populate.ts'

let storeline: TestStoreline
let a: PopulatedShop
let b: PopulatedShop
let viewerOfB: { cookie: string }

beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'] })
  a = await createPopulatedShop(storeline.app)
  b = await createPopulatedShop(storeline.app)
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

const ruleOf = (field: RootField): FieldRule => MATRIX[field.name] as FieldRule

/** Valid arguments of a field in the shop. */
function argsIn(shop: PopulatedShop, field: RootField): Record<string, unknown> {
  const { args = {}, ids = {} } = ruleOf(field)
  return Object.entries(ids).reduce((value, [path, kind]) => withAt(value, path, idOf(shop, kind)), args)
}

/** An error without its location, which compiled documents do not report and which does not depend on the shop. */
const withoutLocations = ({ locations: _locations, ...error }: NonNullable<Answer['errors']>[number]) => error

async function call(field: RootField, headers: Headers, args: Record<string, unknown> = {}): Promise<Answer> {
  const client = storeline.graphql(headers)
  if (field.operation !== 'subscription') {
    const { data, errors } = await client.send(documentOf(field), args)
    return { ...(data ? { data } : {}), ...(errors ? { errors: errors.map(withoutLocations) } : {}) }
  }
  await using subscription = client.subscribe(documentOf(field), args)
  return await subscription.next()
}
const viewerHas = (needs: FieldRule['needs']): boolean => permissionsOfRole('VIEWER').has(needs as Permission)
const codes = ({ errors }: Answer): unknown[] => (errors ?? []).map((error) => error.extensions?.code)

async function keyWith(shop: PopulatedShop, scopes: readonly Permission[]): Promise<Headers> {
  const { secret } = await createApiKey(storeline.app, systemActor(shop.merchantId), { name: 'Narrow', scopes })
  return { authorization: `Bearer ${secret}` }
}

let fingerprintSql: string | undefined

/**
 * The number and hash of a shop's rows in each table, read by one statement: equal values before and after mean that nothing
 * has changed. Left out are `last_used_at` of keys, which every request updates, and how far a log was relayed, which
 * follows behind its events.
 */
async function fingerprintOf({ merchantId }: PopulatedShop): Promise<string> {
  const { pool } = storeline.app.database
  return tenantStore.run({ merchantId }, async () => {
    if (!fingerprintSql) {
      const { rows: tables } = await pool.query<{ name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relrowsecurity ORDER BY 1`,
      )
      fingerprintSql = tables
        .map(
          ({ name }) => `SELECT '${name}' AS name, count(*)::int AS n, md5(string_agg(row, '' ORDER BY row)) AS hash
            FROM (SELECT (to_jsonb(t.*) - '{last_used_at,relayed,unsettled_since}'::text[])::text AS row FROM "${name}" t) rows`,
        )
        .join(' UNION ALL ')
    }
    const { rows } = await pool.query<{ name: string; n: number; hash: string }>({
      name: 'everything',
      text: fingerprintSql,
    })
    return rows.map(({ name, n, hash }) => `${name}: ${n} rows ${hash}`).join('\n')
  })
}

test('every root field of the API, and every id argument of it, has a rule in matrix.ts', () => {
  expect(Object.keys(MATRIX).toSorted()).toEqual(rootFields.map(({ name }) => name).toSorted())
  for (const field of rootFields)
    expect(Object.keys(ruleOf(field).ids ?? {}).toSorted(), field.name).toEqual(field.idPaths.toSorted())
})

/** Callers of the shop: an owner, a viewer, a key with every scope, and a key with the needed scope only. */
async function callersOf(shop: PopulatedShop, { needs }: FieldRule): Promise<Record<string, Headers>> {
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

  test.each(cases)('%s(%s) gets the answer of an unknown id and changes nothing', async (name, path, field) => {
    const kind = ruleOf(field).ids?.[path] as ObjectKind
    const callers = await callersOf(b, ruleOf(field))
    const before = [await fingerprintOf(a), await fingerprintOf(b)]
    for (const [caller, headers] of Object.entries(callers)) {
      const unknown = await call(field, headers, withAt(argsIn(b, field), path, randomUUID()))
      const nonsense = await call(field, headers, withAt(argsIn(b, field), path, 'not-an-id'))
      const foreign = await call(field, headers, withAt(argsIn(b, field), path, idOf(a, kind)))
      expect(foreign, caller).toEqual(unknown)
      expect(nonsense, caller).toEqual(unknown)
      expect(JSON.stringify(foreign), caller).not.toContain(idOf(a, kind))
      const value = foreign.data?.[name]
      const allowed = caller !== 'viewer' || ruleOf(field).needs === 'open' || viewerHas(ruleOf(field).needs)
      if (!allowed) expect(codes(foreign), caller).toEqual(['FORBIDDEN'])
      else if (field.operation === 'mutation')
        expect((value as { __typename: string } | null)?.__typename, caller).toMatch(
          ruleOf(field).refusals?.[path] ?? /Error$/,
        )
      else
        expect(value ?? null, caller).toSatisfy(
          (shown: { totalCount: number } | null) => shown === null || shown.totalCount === 0,
        )
    }
    expect([await fingerprintOf(a), await fingerprintOf(b)]).toEqual(before)
  })

  test.each(cases.filter(([, , { operation }]) => operation === 'query'))(
    '%s(%s) is found by its own shop, which shows that the test above can fail',
    async (name, path, field) => {
      // Filters are tested one by one, because together they may match nothing.
      const { args = {}, ids = {} } = ruleOf(field)
      const alone = path.startsWith('filter.') ? withAt(args, path, idOf(a, ids[path] as ObjectKind)) : argsIn(a, field)
      const { data, errors } = await call(field, a.key, alone)
      expect(errors).toBeUndefined()
      expect(data?.[name]).toSatisfy(
        (shown: { totalCount?: number } | null) => shown !== null && shown.totalCount !== 0,
      )
    },
  )
})

describe('a key that is not valid any more', () => {
  test.each(['revoked', 'expired', 'rotated away'])(
    'because it was %s has access to no field and no id of its shop',
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
      const before = await fingerprintOf(b)
      const headers = { authorization: `Bearer ${secret}` }
      for (const field of rootFields.filter(({ operation }) => operation !== 'subscription')) {
        const { needs } = ruleOf(field)
        if (needs !== 'open')
          expect(codes(await call(field, headers, argsIn(b, field))), field.name).toEqual(['UNAUTHENTICATED'])
      }
      expect((await storeline.graphql(headers).send('{ viewer { id } }')).data).toEqual({ viewer: null })
      await using socket = storeline.graphql(headers).subscribe('subscription { events { cursor } }')
      expect((await socket.next()).errors?.[0]?.extensions).toEqual({ close: 4403 })
      expect(await fingerprintOf(b)).toBe(before)
    },
  )
})

describe('lists', () => {
  const lists = rootFields.filter((field) => ruleOf(field).lists)

  test.each(lists.map((field) => [field.name, field] as const))(
    '%s has the items of the shop and no others',
    async (name, field) => {
      const shown = async (shop: PopulatedShop, headers: Headers) => {
        const answer = await call(field, headers, { first: 100 })
        expect(answer.errors).toBeUndefined()
        return answer.data?.[name] as { totalCount: number; edges: { node: { id?: string } }[] }
      }
      const rowsOf = (shop: PopulatedShop) =>
        tenantStore.run(
          shop,
          async () => (await storeline.app.database.pool.query(`SELECT * FROM "${ruleOf(field).lists}"`)).rowCount,
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

  test('a subscriber gets the events of its own shop and no others', async () => {
    const { app } = storeline
    const takeOver = async (shop: PopulatedShop) => {
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
    // A cursor is a position in the log of the caller's shop, even when another shop has received it.
    await using ofA = storeline
      .graphql(a.key)
      .subscribe(document, { after: encodeCursor((await app.log.bounds(a.merchantId)).last - 1) })
    expect((await ofA.next()).data?.events).toEqual({ conversation: { id: idOf(a, 'conversation', 1) } })
  })
})

describe('permissions', () => {
  const guarded = rootFields.filter((field) => ruleOf(field).needs !== 'open')

  test.each(guarded.map((field) => [field.name, field] as const))(
    '%s refuses anonymous callers with UNAUTHENTICATED',
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
    '%s refuses a key with all scopes but its own',
    async (_name, field) => {
      const { needs } = ruleOf(field)
      const headers = await keyWith(
        b,
        KEY_SCOPES.filter((scope) => scope !== needs),
      )
      expect(codes(await call(field, headers, argsIn(b, field)))).toEqual(['FORBIDDEN'])
    },
  )

  test.each(
    guarded
      .filter((field) => ruleOf(field).needs !== 'bot' && field.operation === 'query')
      .map((field) => [field.name, field] as const),
  )('%s admits a key with its scope only', async (_name, field) => {
    const headers = await keyWith(b, [ruleOf(field).needs as Permission])
    expect((await call(field, headers, argsIn(b, field))).errors).toBeUndefined()
  })

  /** Executes the field in this process for an actor with these permissions; returns the code of its error, or null. */
  const refusalCode = async (field: RootField, permissions: ReadonlySet<Permission>): Promise<unknown> => {
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

  test.each(KEY_SCOPES)('%s alone gives access to its own fields and no others', async (scope) => {
    const before = await fingerprintOf(b)
    for (const field of guarded.filter((one) => one.operation !== 'subscription' && ruleOf(one).needs !== scope))
      expect(await refusalCode(field, new Set([scope])), field.name).toBe('FORBIDDEN')
    expect(await fingerprintOf(b)).toBe(before)
  })

  test.each(['VIEWER', 'AGENT', 'MANAGER', 'OWNER'] as const)(
    'the role %s has access to the fields of its permissions and no others',
    async (role) => {
      const permissions = permissionsOfRole(role)
      const before = await fingerprintOf(b)
      for (const field of guarded.filter(({ operation }) => operation !== 'subscription')) {
        const { needs } = ruleOf(field)
        const may = permissions.has(needs as Permission)
        if (may && field.operation === 'mutation') continue
        expect(await refusalCode(field, permissions), field.name).toBe(may ? null : 'FORBIDDEN')
      }
      expect(await fingerprintOf(b)).toBe(before)
    },
  )

  test('a signed-in viewer is refused by every mutation', async () => {
    const before = await fingerprintOf(b)
    for (const field of guarded.filter(({ operation }) => operation === 'mutation'))
      expect(codes(await call(field, viewerOfB, argsIn(b, field))), field.name).toEqual(['FORBIDDEN'])
    expect(await fingerprintOf(b)).toBe(before)
  })

  test('every permission except the bot’s is needed by at least one field', () => {
    const needed = new Set(Object.values(MATRIX).map(({ needs }) => needs))
    for (const permission of Object.keys(PERMISSIONS))
      expect(permission === 'bot:turns' || needed.has(permission as Permission), permission).toBe(true)
  })
})
