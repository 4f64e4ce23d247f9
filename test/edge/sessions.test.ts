import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemActor } from '../../server/auth/actor.ts'
import { KEY_SCOPES } from '../../server/auth/permissions.ts'
import { createApiKey, revokeApiKey } from '../../server/features/api-keys/service.ts'
import { signIn } from '../../server/features/staff/service.ts'
import { createStaff } from '../harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'
import { tenantDb } from '../harness/tenant-db.ts'
import { rawSocket } from './raw-socket.ts'

const SIGN_IN = `mutation ($email: String!, $password: String!, $merchantId: ID) {
  signIn(input: { email: $email, password: $password, merchantId: $merchantId }) { __typename ... on Viewer { role merchant { id } } ... on Error { message } }
}`
const VIEWER = '{ viewer { kind role } }'

let storeline: TestStoreline
beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'] })
})
afterAll(() => storeline[Symbol.asyncDispose]())

async function newMember(role: 'OWNER' | 'AGENT' | 'VIEWER' = 'OWNER') {
  const email = `${randomUUID()}@shop.example`
  const { staffId } = await createStaff(storeline.app, storeline.shop.merchantId, { email, role })
  const password = 'a password for tests'
  return {
    staffId,
    email,
    password,
    open: async () => ({ cookie: `storeline_session=${(await signIn(storeline.app, { email, password })).token}` }),
  }
}

describe('the session cookie', () => {
  test('is HttpOnly and SameSite=Lax', async () => {
    const { email, password } = storeline.shop
    const answer = await storeline.graphql().send(SIGN_IN, { email, password })
    expect(answer.data).toEqual({
      signIn: { __typename: 'Viewer', role: 'OWNER', merchant: { id: storeline.shop.merchantId } },
    })
    const [cookie = '', device] = answer.headers.getSetCookie()
    expect(device).toMatch(
      /^storeline_device_\w{12}=[\w-]{22}\.\w+\.[\w-]{43}; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
    )
    expect(cookie).toMatch(/^storeline_session=[A-Za-z0-9_-]{43}; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/)
    const [pair = ''] = cookie.split(';')
    expect((await storeline.graphql({ cookie: pair }).send(VIEWER)).data).toEqual({
      viewer: { kind: 'STAFF', role: 'OWNER' },
    })
  })

  test('is Secure when the public URL is https', async () => {
    await using secure = await startTestStoreline({ roles: ['api'], env: { PUBLIC_URL: 'https://shop.example.com' } })
    const { email, password } = secure.shop
    const answer = await secure.graphql().send(SIGN_IN, { email, password })
    for (const cookie of answer.headers.getSetCookie()) expect(cookie).toMatch(/; HttpOnly; Secure; SameSite=Lax$/)
    expect(answer.headers.get('strict-transport-security')).toContain('max-age=')
  })

  test('is cleared by signing out, and is not accepted afterwards', async () => {
    const session = await (await newMember()).open()
    await using socket = await rawSocket(storeline.url, { headers: session })
    const answer = await storeline.graphql(session).send('mutation { signOut }')
    expect(answer.data).toEqual({ signOut: true })
    expect(answer.headers.get('set-cookie')).toMatch(/^storeline_session=; Path=\/; Expires=Thu, 01 Jan 1970/)
    expect((await socket.closed).code).toBe(4403)
    expect((await storeline.graphql(session).send(VIEWER)).data).toEqual({ viewer: null })
    expect((await storeline.graphql(session).send('mutation { signOut }')).data).toEqual({ signOut: false })
  })

  test('identifies members behind a proxy that sends the same basic authorization for all of them', async () => {
    const [owner, viewer] = [await newMember('OWNER'), await newMember('VIEWER')]
    const authorization = 'Basic b2ZmaWNlOmRvb3I='
    const roles = []
    for (const member of [owner, viewer])
      roles.push((await storeline.graphql({ ...(await member.open()), authorization }).send(VIEWER)).data?.viewer)
    expect(roles).toEqual([
      { kind: 'STAFF', role: 'OWNER' },
      { kind: 'STAFF', role: 'VIEWER' },
    ])
  })

  test('is not accepted after its session has expired', async () => {
    const session = await (await newMember()).open()
    await tenantDb(storeline.app.database, storeline.shop.merchantId).staffSession.updateMany({
      data: { expiresAt: new Date(Date.now() - 1) },
    })
    expect((await storeline.graphql(session).send(VIEWER)).data).toEqual({ viewer: null })
  })

  test('is stored as a hash only', async () => {
    const { cookie } = await (await newMember()).open()
    const rows = await tenantDb(storeline.app.database, storeline.shop.merchantId).staffSession.findMany()
    expect(
      JSON.stringify(rows.map((row) => [...Object.values(row), Buffer.from(row.tokenHash).toString('base64url')])),
    ).not.toContain(cookie.split('=')[1])
  })
})

describe('signing in', () => {
  test('does not reveal by message or duration whether the email address or the password was wrong', async () => {
    const { email } = await newMember()
    const attempts = {
      known: { email, password: 'wrong' },
      unknown: { email: `${randomUUID()}@shop.example`, password: 'wrong' },
      foreign: { ...storeline.shop, merchantId: randomUUID() },
    }
    const times: Record<string, number> = {}
    for (const [name, input] of Object.entries(attempts)) {
      const durations: number[] = []
      for (let i = 0; i < 5; i++) {
        const startedAt = performance.now()
        await expect(signIn(storeline.app, input)).rejects.toThrow('The email address or the password is wrong.')
        durations.push(performance.now() - startedAt)
      }
      times[name] = Math.min(...durations)
    }
    expect(times.unknown).toBeGreaterThan((times.known ?? 0) * 0.5)
    expect(times.foreign).toBeGreaterThan((times.known ?? 0) * 0.5)
  })

  test('ignores capital letters in the email address and spaces around it', async () => {
    const { email, password } = await newMember('AGENT')
    expect(
      (await storeline.graphql().send(SIGN_IN, { email: ` ${email.toUpperCase()} `, password })).data,
    ).toMatchObject({ signIn: { __typename: 'Viewer', role: 'AGENT' } })
  })

  test('refuses email addresses, passwords and shop ids of impossible form', async () => {
    for (const input of [
      { email: 'x'.repeat(300), password: 'x' },
      { email: 'a@b.example', password: 'x'.repeat(2_000) },
      { email: 'a@b.example', password: 'x', merchantId: 'no-id' },
    ]) {
      expect((await storeline.graphql().send(SIGN_IN, input)).data).toMatchObject({
        signIn: { __typename: 'InvalidCredentialsError' },
      })
    }
  })

  test('is delayed per account after ten attempts, and the error has the time to wait', async () => {
    const [guessed, other] = [await newMember(), await newMember()]
    for (let i = 0; i < 10; i++) {
      const { data } = await storeline.graphql().send(SIGN_IN, { email: guessed.email, password: `guess ${i}` })
      expect(data).toMatchObject({ signIn: { __typename: 'InvalidCredentialsError' } })
    }
    const { errors, status } = await storeline
      .graphql()
      .send(SIGN_IN, { email: guessed.email.toUpperCase(), password: guessed.password })
    expect([status, errors?.[0]?.extensions?.code, errors?.[0]?.message]).toEqual([
      429,
      'RATE_LIMITED',
      expect.stringMatching(/try again in \d+ s/),
    ])
    expect((await storeline.graphql().send(SIGN_IN, other)).data).toMatchObject({ signIn: { __typename: 'Viewer' } })
  })
})

describe('the end of a permission', () => {
  const newKey = async (expiresAt: Date | null = null) => {
    const { id, secret } = await createApiKey(storeline.app, systemActor(storeline.shop.merchantId), {
      name: 'Ends',
      scopes: KEY_SCOPES,
      expiresAt,
    })
    return { id, headers: { authorization: `Bearer ${secret}` } }
  }

  test('refuses requests and closes sockets at once when the key is revoked', async () => {
    const { id, headers } = await newKey()
    await using socket = await rawSocket(storeline.url, { init: headers })
    await using bystander = await rawSocket(storeline.url, { init: storeline.shop.key })
    expect((await storeline.graphql(headers).send(VIEWER)).data).toMatchObject({ viewer: { kind: 'API_KEY' } })
    const startedAt = Date.now()
    await revokeApiKey(storeline.app, systemActor(storeline.shop.merchantId), id)
    expect(await socket.closed).toEqual({ code: 4403, reason: 'The session or key no longer has these rights' })
    expect(Date.now() - startedAt).toBeLessThan(1_000)
    expect((await storeline.graphql(headers).send(VIEWER)).data).toEqual({ viewer: null })
    expect((await bystander.operate(VIEWER))[0]?.payload).toMatchObject({ data: { viewer: { kind: 'API_KEY' } } })
  })

  test('closes sockets within five seconds even without a signal: revoked, expired, demoted, removed', async () => {
    const db = tenantDb(storeline.app.database, storeline.shop.merchantId)
    const [revoked, expiring] = [await newKey(), await newKey(new Date(Date.now() + 1_500))]
    const [demoted, removed, same] = [await newMember('AGENT'), await newMember(), await newMember()]
    await using a = await rawSocket(storeline.url, { init: revoked.headers })
    await using b = await rawSocket(storeline.url, { init: expiring.headers })
    await using c = await rawSocket(storeline.url, { headers: await demoted.open() })
    await using d = await rawSocket(storeline.url, { headers: await removed.open() })
    await using stays = await rawSocket(storeline.url, { headers: await same.open() })
    const startedAt = Date.now()
    await db.apiKey.update({ where: { id: revoked.id }, data: { revokedAt: new Date() } })
    await db.membership.updateMany({ where: { userId: demoted.staffId }, data: { role: 'VIEWER' } })
    await db.membership.deleteMany({ where: { userId: removed.staffId } })
    expect((await Promise.all([a.closed, b.closed, c.closed, d.closed])).map(({ code }) => code)).toEqual([
      4403, 4403, 4403, 4403,
    ])
    expect(Date.now() - startedAt).toBeLessThan(1_500 + 5_000)
    expect((await stays.operate(VIEWER))[0]?.payload).toMatchObject({ data: { viewer: { kind: 'STAFF' } } })
  })
})
