import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { execute } from '../../../test/harness/app.ts'
import { createStaff, createTestShop, type TestShop } from '../../../test/harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../../../test/harness/storeline.ts'
import { tenantDb } from '../../../test/harness/tenant-db.ts'
import { authenticate } from '../../auth/authenticate.ts'
import { KEY_SCOPES } from '../../auth/permissions.ts'
import type { AppContext } from '../../context.ts'
import { queryMerchant } from '../../db/merchant-query.ts'
import { createApiKey } from '../api-keys/service.ts'
import { openInvitation } from './joining.ts'
import { removeMember } from './team.ts'

let storeline: TestStoreline
let app: AppContext
let shop: TestShop
beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'] })
  app = storeline.app
  shop = storeline.shop
})
afterAll(() => storeline[Symbol.asyncDispose]())

const INVITE =
  'mutation ($input: InviteMemberInput!) { result: inviteMember(input: $input) { __typename ... on IssuedInvitation { link invitation { id email role status invitedBy } } ... on Error { message } } }'
const ACCEPT =
  'mutation ($input: AcceptInvitationInput!) { result: acceptInvitation(input: $input) { __typename ... on Viewer { id name role merchant { id } } ... on ValidationError { issues { path message } } ... on Error { message } } }'
const REVOKE =
  'mutation ($id: ID!) { result: revokeInvitation(input: { invitationId: $id }) { __typename ... on Invitation { status } ... on Error { message } } }'
const LOOK = 'query ($token: String!) { invitation(token: $token) { shopName email role status } }'
const PENDING = '{ invitations(pending: true) { totalCount edges { node { id email status } } } }'

type Invited = {
  __typename: string
  message?: string
  link: string | null
  invitation: { id: string; email: string; role: string; status: string; invitedBy: string }
}
type Joined = { __typename: string; id?: string; role?: string; name?: string; message?: string }
type Doer = Parameters<typeof execute>[1]

const address = () => `${crypto.randomUUID()}@shop.example`
const tokenOf = (link: string | null): string => link?.split('/').at(-1) ?? ''
const PASSWORD = 'a long enough password'

async function invite(email = address(), role = 'AGENT', by: Doer = shop.owner, more: object = {}) {
  const input = { email, role, ...more }
  const { result } = await execute<{ result: Invited }>(app, by, INVITE, { input })
  return { ...result, email, token: tokenOf(result.link) }
}

/** As a browser does: over HTTP, which alone can keep the cookie. */
async function accept(token: string, { name = 'New Member', password = PASSWORD } = {}) {
  const { data, errors, headers } = await storeline.graphql().send(ACCEPT, { input: { token, name, password } })
  const cookie = headers.get('set-cookie')?.split(';')[0]
  return { ...(data?.result as Joined), errors, cookie }
}

describe('an invitation', () => {
  test('is a link that is returned once; a new person joins by it and is signed in', async () => {
    const invited = await invite()
    expect(invited.link).toMatch(/^http:\/\/localhost:\d+\/invite\/[\w-]{43}$/)
    expect(invited.invitation).toMatchObject({ role: 'AGENT', status: 'PENDING', invitedBy: 'Test owner' })
    const { invitation } = await storeline.graphql().run<{ invitation: object }>(LOOK, { token: invited.token })
    expect(invitation).toMatchObject({ email: invited.email, role: 'AGENT', status: 'PENDING' })

    const joined = await accept(invited.token)
    expect(joined).toMatchObject({ __typename: 'Viewer', name: 'New Member', role: 'AGENT' })
    const viewer = await storeline.graphql({ cookie: joined.cookie ?? '' }).run('{ viewer { id role } }')
    expect(viewer).toEqual({ viewer: { id: joined.id, role: 'AGENT' } })
    expect(await storeline.graphql().run(LOOK, { token: invited.token })).toMatchObject({
      invitation: { status: 'ACCEPTED' },
    })
    expect(JSON.stringify(await queryMerchant(app, shop.merchantId, 'SELECT * FROM invitation'))).not.toContain(
      invited.token,
    )
  })

  test('is the same for a repeated request, without its link', async () => {
    const more = { idempotencyKey: crypto.randomUUID() }
    const email = address()
    const first = await invite(email, 'VIEWER', shop.owner, more)
    const again = await invite(email, 'VIEWER', shop.owner, more)
    expect(again).toMatchObject({ invitation: { id: first.invitation.id }, link: null })
    expect((await accept(first.token)).__typename).toBe('Viewer')
  })

  test('replaces an earlier one for the same address, in any spelling', async () => {
    const email = address()
    const first = await invite(email)
    const second = await invite(` ${email.toUpperCase()} `, 'MANAGER')
    expect(second.invitation.email).toBe(email)
    expect(await accept(first.token)).toMatchObject({ __typename: 'InvitationOverError' })
    expect(await accept(second.token)).toMatchObject({ role: 'MANAGER' })
  })

  test('that was withdrawn, expired, used or never existed is refused with the reason', async () => {
    const revoked = await invite()
    await execute(app, shop.owner, REVOKE, { id: revoked.invitation.id })
    const expired = await invite()
    await queryMerchant(
      app,
      shop.merchantId,
      `UPDATE invitation SET expires_at = now() - interval '1 second' WHERE email = $1`,
      [expired.email],
    )
    const used = await invite()
    await accept(used.token)
    const answers = await Promise.all(
      [revoked.token, expired.token, used.token, 'A'.repeat(43), 'nonsense', ''].map((token) => accept(token)),
    )
    expect(answers.map(({ __typename }) => __typename)).toEqual(answers.map(() => 'InvitationOverError'))
    expect(answers.map(({ message }) => message)).toEqual([
      expect.stringContaining('was revoked'),
      expect.stringContaining('older than 7 days'),
      expect.stringContaining('already been accepted'),
      ...Array.from({ length: 3 }, () => expect.stringContaining('no such invitation')),
    ])
    expect(answers.every(({ cookie }) => cookie === undefined)).toBe(true)
    expect(await storeline.graphql().run(LOOK, { token: 'A'.repeat(43) })).toEqual({ invitation: null })
    const { invitations } = await execute<{ invitations: { edges: { node: { email: string } }[] } }>(
      app,
      shop.owner,
      PENDING,
    )
    const pending = invitations.edges.map(({ node }) => node.email)
    for (const { email } of [revoked, expired, used]) expect(pending).not.toContain(email)
    expect(await execute(app, shop.owner, REVOKE, { id: used.invitation.id })).toMatchObject({
      result: { __typename: 'InvitationOverError' },
    })
  })

  test('is accepted once by two concurrent requests', async () => {
    const { token, email } = await invite()
    const answers = await Promise.all(Array.from({ length: 4 }, () => accept(token)))
    expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual([
      'InvitationOverError',
      'InvitationOverError',
      'InvitationOverError',
      'Viewer',
    ])
    const rows = await queryMerchant(
      app,
      shop.merchantId,
      'SELECT 1 FROM membership m JOIN staff_user u ON u.id = m.user_id WHERE u.email = $1',
      [email],
    )
    expect(rows).toHaveLength(1)
  })

  test('is refused with the path of an invalid name, password or address', async () => {
    const { token } = await invite()
    expect(await accept(token, { name: ' ', password: 'short' })).toMatchObject({
      __typename: 'ValidationError',
      issues: [
        { path: 'input.name', message: 'Enter your name.' },
        { path: 'input.password', message: 'A password has at least 10 characters.' },
      ],
    })
    expect(await invite('nobody')).toMatchObject({ __typename: 'ValidationError' })
    expect(await invite(shop.email)).toMatchObject({ message: expect.stringContaining('already in your team') })
  })

  test('by an API key invites up to managers', async () => {
    const key = await authenticate(app, shop.key)
    expect(await invite(address(), 'MANAGER', key)).toMatchObject({ __typename: 'IssuedInvitation' })
    expect(await invite(address(), 'OWNER', key)).toMatchObject({ __typename: 'TeamRuleError' })
  })

  test('by an API key expires no later than the key', async () => {
    const expiresAt = new Date(Date.now() + 3600_000)
    const { secret } = await createApiKey(app, shop.owner, { name: 'Short', scopes: KEY_SCOPES, expiresAt })
    const key = await authenticate(app, { authorization: `Bearer ${secret}` })
    const { token } = await invite(address(), 'VIEWER', key)
    expect((await openInvitation(app, token))?.expiresAt).toEqual(expiresAt)
  })

  test('by a manager is refused', async () => {
    const manager = await createStaff(app, shop.merchantId, { role: 'MANAGER' })
    await expect(invite(address(), 'VIEWER', manager)).rejects.toThrow('staff:write')
  })
})

describe('a person who works in another shop', () => {
  test('joins with their existing password, and keeps their name', async () => {
    const other = await createTestShop(app)
    const { token } = await invite(other.email)
    expect(await accept(token)).toMatchObject({
      __typename: 'InvalidCredentialsError',
      message: expect.stringContaining('already has an account'),
    })
    const joined = await accept(token, { name: 'Another name', password: other.password })
    expect(joined).toMatchObject({ id: other.owner.staffId, name: 'Test owner', merchant: { id: shop.merchantId } })
  })

  test('who was invited by two shops as a new person must give the password of the first for the second', async () => {
    const other = await createTestShop(app)
    const email = address()
    const [a, b] = [await invite(email), await invite(email, 'AGENT', other.owner)]
    const answers = await Promise.all([
      accept(a.token, { password: 'the first password' }),
      accept(b.token, { password: 'the other password' }),
    ])
    expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual(['InvalidCredentialsError', 'Viewer'])
  })
})

test('a person who left their only shop is invited as a new person', async () => {
  const first = await invite()
  const { id = '' } = await accept(first.token)
  await removeMember(app, shop.owner, { memberId: id })
  const second = await invite(first.email)
  const joined = await accept(second.token, { password: 'quite another password' })
  expect(joined.__typename).toBe('Viewer')
  expect(joined.id).not.toBe(id)
  expect(await tenantDb(app.database, shop.merchantId).staffUser.count({ where: { email: first.email } })).toBe(1)
})

test('guesses of links and passwords are throttled before a password is hashed', async () => {
  const other = await createTestShop(app)
  const { token } = await invite(other.email)
  const answers: { limited: boolean; ms: number }[] = []
  for (let i = 0; i < 60; i++) {
    const begun = performance.now()
    const { errors } = await accept(token, { password: `not the password ${i}` })
    const limited = errors?.[0]?.extensions?.code === 'RATE_LIMITED'
    answers.push({ limited, ms: performance.now() - begun })
    if (i > 20 && limited) break
  }
  expect(answers.filter(({ limited }) => !limited).length).toBeLessThanOrEqual(10)
  // The right one does not help whoever is being slowed down.
  const { errors } = await accept(token, { password: other.password })
  expect(errors?.[0]?.extensions?.code).toBe('RATE_LIMITED')
  for (let i = 0; i < 60; i++) await storeline.graphql().send(LOOK, { token: `${i}`.padEnd(43, 'x') })
  const look = await storeline.graphql().send(LOOK, { token: 'x'.repeat(43) })
  expect(look.errors?.[0]?.extensions?.code).toBe('RATE_LIMITED')
})
