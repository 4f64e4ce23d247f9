import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  actorLabel,
  authorize,
  can,
  mayActFor,
  systemActor,
  type Authorized,
  type BotActor,
  type IdleBotActor,
  type StaffActor,
} from './actor.ts'
import { formatLease, parseLease } from './lease.ts'
import { hashPassword, verifyPassword } from './password.ts'
import {
  botPermissions,
  isPermission,
  KEY_SCOPES,
  PERMISSIONS,
  permissionsOfRole,
  type Permission,
} from './permissions.ts'
import { hashSecret, randomSecret } from './secrets.ts'

const staff = (role: StaffActor['role']): StaffActor => ({
  kind: 'STAFF',
  merchantId: randomUUID(),
  staffId: randomUUID(),
  sessionId: randomUUID(),
  name: 'A',
  role,
  permissions: permissionsOfRole(role),
})
const idle: IdleBotActor = { kind: 'IDLE_BOT', keyId: randomUUID(), merchantId: null, permissions: botPermissions }
const bot: BotActor = {
  kind: 'BOT',
  keyId: randomUUID(),
  merchantId: randomUUID(),
  customerId: randomUUID(),
  conversationId: randomUUID(),
  turnId: randomUUID(),
  permissions: botPermissions,
}

describe('permissions', () => {
  test('of a role include those of the roles below it, and a viewer may only read', () => {
    const [viewer, agent, manager, owner] = (['VIEWER', 'AGENT', 'MANAGER', 'OWNER'] as const).map((role) => [
      ...permissionsOfRole(role),
    ])
    for (const permission of viewer ?? []) expect(permission).toMatch(/:read$/)
    expect(agent).toEqual(expect.arrayContaining(viewer ?? []))
    expect(manager).toEqual(expect.arrayContaining(agent ?? []))
    expect(owner).toEqual(expect.arrayContaining(manager ?? []))
  })

  test('of the bot are not scopes of keys, and the bot has no permission of staff', () => {
    expect(KEY_SCOPES).not.toContain('bot:turns')
    for (const permission of ['conversations:write', 'catalog:write', 'events:read', 'staff:read'] as const)
      expect(botPermissions.has(permission)).toBe(false)
  })

  test('are recognised by their exact names only', () => {
    expect(Object.keys(PERMISSIONS).every(isPermission)).toBe(true)
    for (const name of ['', 'orders', 'orders:READ', 'toString', '__proto__', 'constructor'])
      expect(isPermission(name)).toBe(false)
  })
})

describe('authorising', () => {
  test('tells anonymous callers to sign in, the idle bot to claim a turn, and others the missing permission', () => {
    expect(() => authorize(null, 'orders:read')).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }))
    expect(() => authorize(idle, 'orders:read')).toThrow(
      expect.objectContaining({ code: 'FORBIDDEN', message: expect.stringContaining('storeline-lease') }),
    )
    expect(() => authorize(staff('VIEWER'), 'orders:write')).toThrow(
      expect.objectContaining({ code: 'FORBIDDEN', message: 'This needs the permission "orders:write".' }),
    )
    expect(authorize(staff('AGENT'), 'orders:write').kind).toBe('STAFF')
  })

  test('is visible in the type, so that a use-case accepts only actors with the permissions that it names', () => {
    type Placing = Authorized<'orders:write'>
    type Billing = Authorized<'orders:write' | 'payments:write'>
    const agent = authorize(staff('AGENT'), 'orders:write')
    const either = authorize(staff('AGENT'), randomUUID() > '8' ? 'orders:write' : 'orders:read')
    expectTypeOf(agent).toExtend<Placing>()
    expectTypeOf(systemActor('m')).toExtend<Billing>()
    expectTypeOf(staff('AGENT')).not.toExtend<Placing>()
    expectTypeOf(authorize(staff('AGENT'), 'orders:read')).not.toExtend<Placing>()
    expectTypeOf(agent).not.toExtend<Billing>()
    expectTypeOf(either).not.toExtend<Placing>()
  })

  test('grants the system every permission, and anonymous callers none', () => {
    for (const permission of Object.keys(PERMISSIONS) as Permission[]) {
      expect(can(systemActor(randomUUID()), permission)).toBe(true)
      expect(can(null, permission)).toBe(false)
    }
  })

  test('confines the bot to its customer, and other actors to none', () => {
    expect([
      mayActFor(bot, bot.customerId),
      mayActFor(bot, randomUUID()),
      mayActFor(staff('AGENT'), randomUUID()),
    ]).toEqual([true, false, true])
  })

  test('labels the actor, and the bot on a turn by its customer', () => {
    const owner = staff('OWNER')
    expect([
      actorLabel(owner),
      actorLabel(bot),
      actorLabel(systemActor('m')),
      actorLabel(systemActor('m', 'c')),
    ]).toEqual([`STAFF:${owner.staffId}`, `CUSTOMER:${bot.customerId}`, 'SYSTEM', 'CUSTOMER:c'])
  })
})

describe('a lease', () => {
  test('is parsed to the same values that were formatted', () => {
    fc.assert(
      fc.property(
        fc.record({ merchantId: fc.uuid(), turnId: fc.uuid(), token: fc.uuid() }),
        (lease) => void expect(parseLease(formatLease(lease))).toEqual(lease),
      ),
    )
  })

  test('is not parsed from any other text', () => {
    fc.assert(fc.property(fc.string(), (text) => void expect(parseLease(text)).toBeNull()))
    for (const text of ['', '..', `${randomUUID()}.${randomUUID()}`, `${randomUUID()}.${randomUUID()}.x`])
      expect(parseLease(text)).toBeNull()
  })
})

describe('secrets', () => {
  test('are 256 random bits, stored as their hash', () => {
    const secrets = Array.from({ length: 100 }, randomSecret)
    expect(new Set(secrets).size).toBe(100)
    for (const secret of secrets) expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(hashSecret('a')).toEqual(hashSecret('a'))
    expect(hashSecret('a')).not.toEqual(hashSecret('b'))
  })

  test('that people choose are hashed with argon2id and a salt', async () => {
    const [one, other] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')])
    expect(one).not.toBe(other)
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(
      await Promise.all([
        verifyPassword(one, 'correct horse'),
        verifyPassword(one, 'wrong'),
        verifyPassword(undefined, 'correct horse'),
        verifyPassword(undefined, 'a password nobody has'),
      ]),
    ).toEqual([true, false, false, false])
  })
})
