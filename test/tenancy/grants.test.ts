import { randomUUID } from 'node:crypto'
import { getNamedType, isInputObjectType, isObjectType, isUnionType, type GraphQLNamedType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { can, systemActor, type Actor } from '../../server/auth/actor.ts'
import { authenticate } from '../../server/auth/authenticate.ts'
import { botPermissions, KEY_SCOPES, type Permission } from '../../server/auth/permissions.ts'
import { queryMerchant } from '../../server/db/merchant-query.ts'
import { createApiKey } from '../../server/features/api-keys/service.ts'
import { botActor, execute, openTestApp, type TestApp } from '../harness/app.ts'
import { createStaff, createTestShop, type TestShop } from '../harness/shop.ts'
import { documentOf, rootFields, type RootField } from './fields.ts'
import { GRANTS, type GrantCase } from './grants.ts'

let testApp: TestApp
let shop: TestShop
beforeAll(async () => {
  testApp = await openTestApp()
  shop = await createTestShop(testApp.app)
})
afterAll(() => testApp[Symbol.asyncDispose]())

const mutations = rootFields.filter(({ operation }) => operation === 'mutation')

describe('every mutation', () => {
  test('is classified in grants.ts by what it gives', () => {
    expect(Object.keys(GRANTS).toSorted()).toEqual(mutations.map(({ name }) => name).toSorted())
  })

  test.each(mutations.filter(({ name }) => GRANTS[name] === 'nothing'))(
    '$name shows no secret and takes no right to give, as it is said to give nothing',
    ({ field }) => {
      const shown = shownBy(field.type)
      const taken = field.args.flatMap((arg) => takenBy(getNamedType(arg.type)))
      const giving = [...shown, ...taken].filter((name) =>
        /^(secret|link|token|password)$|\.(scopes|permissions|role|eventTypes|url)$/.test(name),
      )
      expect(giving).toEqual([])
    },
  )
})

/** Fields of what a mutation answers, those of the objects directly within included. */
function shownBy(type: GraphQLNamedType | Parameters<typeof getNamedType>[0], depth = 2): string[] {
  const named = getNamedType(type) as GraphQLNamedType
  if (isUnionType(named)) return named.getTypes().flatMap((one) => shownBy(one, depth))
  if (!isObjectType(named) || depth === 0) return []
  return Object.values(named.getFields()).flatMap((field) => [field.name, ...shownBy(field.type, depth - 1)])
}

function takenBy(type: GraphQLNamedType): string[] {
  if (!isInputObjectType(type)) return []
  return Object.values(type.getFields()).map((field) => `${type.name}.${field.name}`)
}

const actors = new Map<string, Promise<Actor | null>>()
const known = (name: string, make: () => Promise<Actor | null>): Promise<Actor | null> => {
  const actor = actors.get(name) ?? make()
  actors.set(name, actor)
  return actor
}

async function keyActor(scopes: readonly Permission[]): Promise<Actor | null> {
  const { secret } = await createApiKey(testApp.app, systemActor(shop.merchantId), { name: 'Caller', scopes })
  return authenticate(testApp.app, { authorization: `Bearer ${secret}` })
}

/** Everybody who might try: each role, keys with one permission each, with all, with all but one of what it takes, and bots. */
async function callersOf({ needs, hands }: GrantCase): Promise<[string, Actor | null][]> {
  const scopes = new Map<string, readonly Permission[]>([
    ...KEY_SCOPES.map((scope) => [`a key with ${scope} alone`, [scope]] as const),
    [`a key with ${[needs, ...hands].join(', ')}`, [needs, ...hands]] as const,
    ['a key with everything', KEY_SCOPES] as const,
    ...hands.map((one) => [`a key with all but ${one}`, KEY_SCOPES.filter((scope) => scope !== one)] as const),
  ])
  const callers: [string, Actor | null][] = [
    ['nobody', null],
    ['owner', shop.owner],
    ['the bot on a turn', botActor(shop.merchantId, randomUUID())],
    ['the idle bot', { kind: 'IDLE_BOT', keyId: randomUUID(), merchantId: null, permissions: botPermissions }],
  ]
  for (const role of ['MANAGER', 'AGENT', 'VIEWER'] as const)
    callers.push([role, await known(role, () => createStaff(testApp.app, shop.merchantId, { role }))])
  for (const [name, list] of scopes) callers.push([name, await known(name, () => keyActor([...new Set(list)]))])
  return callers
}

/** Every right and secret that the shop has granted. */
async function given(): Promise<string> {
  const { merchantId } = shop
  const tables = ['api_key', 'invitation', 'membership', 'webhook_endpoint', 'webhook_delivery']
  const rows = await Promise.all(
    tables.map((table) =>
      queryMerchant(
        testApp.app,
        merchantId,
        `SELECT to_jsonb(t.*) - 'last_used_at' AS row FROM ${table} t ORDER BY id`,
      ),
    ),
  )
  return JSON.stringify(rows)
}

type Outcome = { code: string; permissions: unknown } | { typename: string; rule?: string }

async function call(field: RootField, actor: Actor | null, input: object): Promise<Outcome> {
  const document = documentOf(field).replace('... on Error', '... on TeamRuleError { rule } ... on Error')
  const usable = /Member/.test(field.name) ? document : documentOf(field)
  try {
    const data = await execute<Record<string, { __typename: string; rule?: string }>>(testApp.app, actor, usable, {
      input,
    })
    const { __typename: typename, rule } = data[field.name] ?? { __typename: 'nothing' }
    return { typename, ...(rule ? { rule } : {}) }
  } catch (error) {
    const { code, extensions } =
      (error as { cause?: { code?: string; extensions?: Record<string, unknown> } }).cause ?? {}
    if (!code) throw error
    return { code, permissions: (extensions?.permissions as string[] | undefined)?.toSorted() }
  }
}

const cases = mutations.flatMap((field) => {
  const giving = GRANTS[field.name]
  return typeof giving === 'object' ? giving.map((one) => [field.name, one.gives, field, one] as const) : []
})

/** Removes the rows of one attempt, so that a shop's limits do not refuse the next. */
async function tidy(): Promise<void> {
  const { merchantId } = shop
  await queryMerchant(
    testApp.app,
    merchantId,
    `UPDATE webhook_endpoint SET deleted_at = now() WHERE deleted_at IS NULL`,
  )
  await queryMerchant(testApp.app, merchantId, `DELETE FROM api_key WHERE name IN ('Handed on', 'Rotated')`)
  await queryMerchant(testApp.app, merchantId, 'DELETE FROM invitation')
}

describe('no actor hands on what it lacks', () => {
  test.each(cases)('%s: %s', async (_name, _gives, field, one) => {
    const callers = await callersOf(one)
    // None of these comes as far as to look at the input.
    const [input, unchanged] = [await one.input(testApp.app, shop), await given()]
    for (const [caller, actor] of callers.filter(([, who]) => !can(who, one.needs))) {
      const outcome = await call(field, actor, input)
      if (!actor) expect(outcome, caller).toMatchObject({ code: 'UNAUTHENTICATED' })
      else if (actor.kind === 'IDLE_BOT') expect(outcome, caller).toMatchObject({ code: 'FORBIDDEN' })
      else expect(outcome, caller).toEqual({ code: 'FORBIDDEN', permissions: [one.needs] })
    }
    expect(await given()).toBe(unchanged)

    for (const [caller, actor] of callers.filter(([, who]) => can(who, one.needs))) {
      const own = await one.input(testApp.app, shop)
      const lacked = one.hands.filter((permission) => !can(actor, permission)).toSorted()
      const before = await given()
      const outcome = await call(field, actor, own)
      const isBeyondKeys = one.keyRule !== undefined && actor?.kind === 'API_KEY'
      if (lacked.length > 0) expect(outcome, caller).toEqual({ code: 'FORBIDDEN', permissions: lacked })
      else if (isBeyondKeys) expect(outcome, caller).toMatchObject({ rule: one.keyRule })
      else expect(outcome, caller).toEqual({ typename: expect.not.stringMatching(/Error$/) })
      if (lacked.length > 0 || isBeyondKeys) expect(await given(), caller).toBe(before)
      await tidy()
    }
    await tidy()
  })
})
