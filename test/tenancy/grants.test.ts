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
  test('is listed in grants.ts with the rights that it grants', () => {
    expect(Object.keys(GRANTS).toSorted()).toEqual(mutations.map(({ name }) => name).toSorted())
  })

  test.each(mutations.filter(({ name }) => GRANTS[name] === 'nothing'))(
    '$name, which grants nothing, has no secret in its answer and no right in its input',
    ({ field }) => {
      const answered = answerFields(field.type)
      const accepted = field.args.flatMap((arg) => inputFields(getNamedType(arg.type)))
      const grants = [...answered, ...accepted].filter((name) =>
        /^(secret|link|token|password)$|\.(scopes|permissions|role|eventTypes|url)$/.test(name),
      )
      expect(grants).toEqual([])
    },
  )
})

/** Names of the fields in a mutation's answer and in the objects directly within. */
function answerFields(type: GraphQLNamedType | Parameters<typeof getNamedType>[0], depth = 2): string[] {
  const named = getNamedType(type) as GraphQLNamedType
  if (isUnionType(named)) return named.getTypes().flatMap((one) => answerFields(one, depth))
  if (!isObjectType(named) || depth === 0) return []
  return Object.values(named.getFields()).flatMap((field) => [field.name, ...answerFields(field.type, depth - 1)])
}

function inputFields(type: GraphQLNamedType): string[] {
  if (!isInputObjectType(type)) return []
  return Object.values(type.getFields()).map((field) => `${type.name}.${field.name}`)
}

const actors = new Map<string, Promise<Actor | null>>()
const cachedActor = (name: string, make: () => Promise<Actor | null>): Promise<Actor | null> => {
  const actor = actors.get(name) ?? make()
  actors.set(name, actor)
  return actor
}

async function keyActor(scopes: readonly Permission[]): Promise<Actor | null> {
  const { secret } = await createApiKey(testApp.app, systemActor(shop.merchantId), { name: 'Caller', scopes })
  return authenticate(testApp.app, { authorization: `Bearer ${secret}` })
}

/** All kinds of callers: anonymous, each role, bots, and keys with one permission, the needed ones, all, and all but one. */
async function callersOf({ needs, grants }: GrantCase): Promise<[string, Actor | null][]> {
  const scopes = new Map<string, readonly Permission[]>([
    ...KEY_SCOPES.map((scope) => [`a key with ${scope} alone`, [scope]] as const),
    [`a key with ${[needs, ...grants].join(', ')}`, [needs, ...grants]] as const,
    ['a key with all permissions', KEY_SCOPES] as const,
    ...grants.map((one) => [`a key with all but ${one}`, KEY_SCOPES.filter((scope) => scope !== one)] as const),
  ])
  const callers: [string, Actor | null][] = [
    ['an anonymous caller', null],
    ['owner', shop.owner],
    ['the bot on a turn', botActor(shop.merchantId, randomUUID())],
    ['the idle bot', { kind: 'IDLE_BOT', keyId: randomUUID(), merchantId: null, permissions: botPermissions }],
  ]
  for (const role of ['MANAGER', 'AGENT', 'VIEWER'] as const)
    callers.push([role, await cachedActor(role, () => createStaff(testApp.app, shop.merchantId, { role }))])
  for (const [name, list] of scopes) callers.push([name, await cachedActor(name, () => keyActor([...new Set(list)]))])
  return callers
}

/** All rights and secrets that the shop has granted, as JSON. */
async function grantedRights(): Promise<string> {
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
  const grants = GRANTS[field.name]
  return typeof grants === 'object' ? grants.map((one) => [field.name, one.right, field, one] as const) : []
})

/** Removes the rows of one attempt, so that a shop's limits do not refuse the next. */
async function removeGranted(): Promise<void> {
  const { merchantId } = shop
  await queryMerchant(
    testApp.app,
    merchantId,
    `UPDATE webhook_endpoint SET deleted_at = now() WHERE deleted_at IS NULL`,
  )
  await queryMerchant(testApp.app, merchantId, `DELETE FROM api_key WHERE name IN ('Handed on', 'Rotated')`)
  await queryMerchant(testApp.app, merchantId, 'DELETE FROM invitation')
}

describe('no actor grants a permission that it lacks', () => {
  test.each(cases)('%s: %s', async (_name, _right, field, one) => {
    const callers = await callersOf(one)
    // These callers are refused before the mutation reads its input.
    const [input, unchanged] = [await one.input(testApp.app, shop), await grantedRights()]
    for (const [caller, actor] of callers.filter(([, who]) => !can(who, one.needs))) {
      const outcome = await call(field, actor, input)
      if (!actor) expect(outcome, caller).toMatchObject({ code: 'UNAUTHENTICATED' })
      else if (actor.kind === 'IDLE_BOT') expect(outcome, caller).toMatchObject({ code: 'FORBIDDEN' })
      else expect(outcome, caller).toEqual({ code: 'FORBIDDEN', permissions: [one.needs] })
    }
    expect(await grantedRights()).toBe(unchanged)

    for (const [caller, actor] of callers.filter(([, who]) => can(who, one.needs))) {
      const own = await one.input(testApp.app, shop)
      const lacked = one.grants.filter((permission) => !can(actor, permission)).toSorted()
      const before = await grantedRights()
      const outcome = await call(field, actor, own)
      const isBeyondKeys = one.keyRule !== undefined && actor?.kind === 'API_KEY'
      if (lacked.length > 0) expect(outcome, caller).toEqual({ code: 'FORBIDDEN', permissions: lacked })
      else if (isBeyondKeys) expect(outcome, caller).toMatchObject({ rule: one.keyRule })
      else expect(outcome, caller).toEqual({ typename: expect.not.stringMatching(/Error$/) })
      if (lacked.length > 0 || isBeyondKeys) expect(await grantedRights(), caller).toBe(before)
      await removeGranted()
    }
    await removeGranted()
  })
})
