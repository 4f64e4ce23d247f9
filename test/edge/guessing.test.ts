import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readConfig } from '../../server/config.ts'
import { freePort } from '../../server/db/embedded.ts'
import { startStoreline, type Storeline } from '../../server/storeline.ts'
import { graphqlClient } from '../harness/graphql-client.ts'
import { createStaff } from '../harness/shop.ts'
import { startTestStoreline, type TestStoreline } from '../harness/storeline.ts'

const SIGN_IN = `mutation ($email: String!, $password: String!) {
  signIn(input: { email: $email, password: $password }) { __typename ... on Error { message } } }`
const READ_INVITATION = 'query ($token: String!) { invitation(token: $token) { email } }'
const PASSWORD = 'a password for tests'

let storeline: TestStoreline
beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'], env: { SECRET_KEY: randomUUID(), TRUST_PROXY: 'true' } })
})
afterAll(() => storeline[Symbol.asyncDispose]())
// All requests of these tests come from one address.
beforeEach(() => queryAttempts('DELETE FROM failed_attempt'))

/** Runs a statement on the counted failures, which are in the database that all processes share. */
const queryAttempts = (statement: string) => storeline.app.database.pool.query(statement)

async function newMember(): Promise<string> {
  const email = `${randomUUID()}@shop.example`
  await createStaff(storeline.app, storeline.shop.merchantId, { email, role: 'OWNER' })
  return email
}

type Try = {
  outcome: string
  retryAfter: unknown
  header: string | null
  cookies: string[]
  message?: string | undefined
}

async function signIn(
  email: string,
  { password = PASSWORD, url = storeline.url, headers = {} as Record<string, string> } = {},
): Promise<Try> {
  const answer = await graphqlClient(url, headers).send(SIGN_IN, { email, password })
  const result = answer.data?.signIn as { __typename: string; message?: string } | null | undefined
  const extensions = answer.errors?.[0]?.extensions
  return {
    outcome: result?.__typename ?? String(extensions?.code),
    retryAfter: extensions?.retryAfter,
    header: answer.headers.get('retry-after'),
    cookies: answer.headers.getSetCookie(),
    message: result?.message ?? answer.errors?.[0]?.message,
  }
}

/** Fails ten times, and makes the wait that follows longer than the test. */
async function guess(email: string, options: Parameters<typeof signIn>[1] = {}): Promise<void> {
  for (let i = 0; i < 10; i++)
    expect((await signIn(email, { password: `guess ${i}`, ...options })).outcome).toBe('InvalidCredentialsError')
  await queryAttempts(`UPDATE failed_attempt SET retry_at = now() + interval '50 seconds' WHERE failures = 10`)
}

const startAnother = async (): Promise<Storeline & { url: string }> => {
  const port = String(await freePort())
  const another = await startStoreline(readConfig({ ...storeline.env, PORT: port }), { roles: ['api'] })
  return Object.assign(another, { url: `http://127.0.0.1:${port}` })
}

describe('guessing a password', () => {
  test('is counted across all processes, and the count survives a restart', async () => {
    const email = await newMember()
    {
      await using other = await startAnother()
      for (let i = 0; i < 10; i++) {
        const { outcome } = await signIn(email, { password: 'wrong', url: i % 2 ? other.url : storeline.url })
        expect(outcome).toBe('InvalidCredentialsError')
      }
      await queryAttempts(`UPDATE failed_attempt SET retry_at = now() + interval '50 seconds'`)
      for (const url of [storeline.url, other.url]) {
        const refused = await signIn(email, { url })
        expect(refused.outcome).toBe('RATE_LIMITED')
        expect(refused.message).toMatch(/^Too many attempts to sign in; try again in (4\d|50) s\.$/)
        expect(refused.retryAfter).toBeGreaterThan(30)
        expect(refused.header).toBe(String(refused.retryAfter))
      }
    }
    await using restarted = await startAnother()
    expect((await signIn(email, { url: restarted.url })).outcome).toBe('RATE_LIMITED')
  })

  test('does not delay a device that the account knows, whose own attempts are counted separately', async () => {
    const email = await newMember()
    const known = await signIn(email)
    const device = (known.cookies[1] ?? '').split(';')[0] ?? ''
    const own = { headers: { cookie: device } }
    await guess(email)
    expect((await signIn(email)).outcome).toBe('RATE_LIMITED')
    expect((await signIn(email, own)).outcome).toBe('Viewer')

    await queryAttempts('DELETE FROM failed_attempt')
    await guess(email, own)
    expect((await signIn(email, own)).outcome).toBe('RATE_LIMITED')
    expect((await signIn(email)).outcome).toBe('Viewer')
  })

  test('is delayed also with the device cookie of another account or an altered cookie', async () => {
    const [email, other] = [await newMember(), await newMember()]
    const device = async (account: string) => ((await signIn(account)).cookies[1] ?? '').split(';')[0] ?? ''
    const [own, foreign] = [await device(email), await device(other)]
    await guess(email)
    const name = own.split('=')[0] ?? ''
    for (const cookie of [foreign, `${name}=${foreign.split('=')[1]}`, `${own}x`])
      expect((await signIn(email, { headers: { cookie } })).outcome, cookie).toBe('RATE_LIMITED')
  })

  test('delays unknown devices without locking the account: after the wait the right password signs in and is not counted', async () => {
    const email = await newMember()
    await guess(email)
    await queryAttempts('UPDATE failed_attempt SET retry_at = now()')
    expect((await signIn(email)).outcome).toBe('Viewer')
    expect((await signIn(email)).outcome).toBe('Viewer')
    const { rows } = await storeline.app.database.pool.query('SELECT failures FROM failed_attempt')
    expect(rows).toEqual([{ failures: 10 }, { failures: 10 }])
  })

  test('in parallel is limited to the same number of attempts', async () => {
    const email = await newMember()
    const tries = await Promise.all(Array.from({ length: 30 }, (_, i) => signIn(email, { password: `guess ${i}` })))
    expect(tries.filter(({ outcome }) => outcome === 'InvalidCredentialsError').length).toBeLessThanOrEqual(10)
    for (const { retryAfter, header } of tries.filter(({ outcome }) => outcome === 'RATE_LIMITED'))
      expect([retryAfter, header]).toEqual([expect.any(Number), String(retryAfter)])
  })

  test('from an address that has to wait stores no further failures', async () => {
    await guess(await newMember())
    await queryAttempts(`UPDATE failed_attempt SET retry_at = now() + interval '50 seconds'`)
    for (let i = 0; i < 5; i++) expect((await signIn(`${randomUUID()}@nowhere.example`)).outcome).toBe('RATE_LIMITED')
    const { rows } = await queryAttempts('SELECT failures FROM failed_attempt')
    expect(rows).toEqual([{ failures: 10 }, { failures: 10 }])
  })

  test('of an unknown account is delayed in the same way, and its email address is not stored', async () => {
    const email = `${randomUUID()}@nowhere.example`
    await guess(email)
    expect((await signIn(email)).outcome).toBe('RATE_LIMITED')
    const { rows } = await storeline.app.database.pool.query('SELECT * FROM failed_attempt')
    expect(JSON.stringify(rows)).not.toContain('nowhere')
  })
})

describe('the address of a client', () => {
  const readInvitation = async (forwarded: string) => {
    const token = randomUUID().padEnd(43, 'x')
    const { errors } = await storeline.graphql({ 'x-forwarded-for': forwarded }).send(READ_INVITATION, { token })
    return errors?.[0]?.extensions?.code ?? 'looked'
  }
  const readInvitationOften = async (address: (n: number) => string) => {
    for (let n = 0; n < 50; n++) expect(await readInvitation(address(n))).toBe('looked')
    await queryAttempts(`UPDATE failed_attempt SET retry_at = now() + interval '50 seconds'`)
  }

  test('is the address that the trusted proxy reports, not the one that the client sends', async () => {
    await readInvitationOften((n) => `10.9.8.${n}, 203.0.113.5`)
    expect(await readInvitation('192.0.2.99, 203.0.113.5')).toBe('RATE_LIMITED')
    expect(await readInvitation('203.0.113.5, 203.0.113.6')).toBe('looked')
  })

  test('counts as its /64 network in IPv6', async () => {
    await readInvitationOften((n) => `2001:db8:0:1::${n.toString(16)}`)
    expect(await readInvitation('2001:db8:0:1:ffff::1')).toBe('RATE_LIMITED')
    expect(await readInvitation('2001:db8:0:2::1')).toBe('looked')
  })
})
