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
const LOOK = 'query ($token: String!) { invitation(token: $token) { email } }'
const PASSWORD = 'a password for tests'

let storeline: TestStoreline
beforeAll(async () => {
  storeline = await startTestStoreline({ roles: ['api'], env: { SECRET_KEY: randomUUID(), TRUST_PROXY: 'true' } })
})
afterAll(() => storeline[Symbol.asyncDispose]())
// Everybody here comes from one address.
beforeEach(() => attempts('DELETE FROM failed_attempt'))

/** The counted failures, in the database that all processes share. */
const attempts = (statement: string) => storeline.app.database.pool.query(statement)

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

/** Fails ten times, and has the wait that follows outlast the test. */
async function guess(email: string, options: Parameters<typeof signIn>[1] = {}): Promise<void> {
  for (let i = 0; i < 10; i++)
    expect((await signIn(email, { password: `guess ${i}`, ...options })).outcome).toBe('InvalidCredentialsError')
  await attempts(`UPDATE failed_attempt SET retry_at = now() + interval '50 seconds' WHERE failures = 10`)
}

const startAnother = async (): Promise<Storeline & { url: string }> => {
  const port = String(await freePort())
  const another = await startStoreline(readConfig({ ...storeline.env, PORT: port }), { roles: ['api'] })
  return Object.assign(another, { url: `http://127.0.0.1:${port}` })
}

describe('guessing a password', () => {
  test('is counted by all processes together, and not forgotten by a restart', async () => {
    const email = await newMember()
    {
      await using other = await startAnother()
      for (let i = 0; i < 10; i++) {
        const { outcome } = await signIn(email, { password: 'wrong', url: i % 2 ? other.url : storeline.url })
        expect(outcome).toBe('InvalidCredentialsError')
      }
      await attempts(`UPDATE failed_attempt SET retry_at = now() + interval '50 seconds'`)
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

  test('does not keep out a device that the account knows, whose own guesses are counted apart', async () => {
    const email = await newMember()
    const known = await signIn(email)
    const device = (known.cookies[1] ?? '').split(';')[0] ?? ''
    const own = { headers: { cookie: device } }
    await guess(email)
    expect((await signIn(email)).outcome).toBe('RATE_LIMITED')
    expect((await signIn(email, own)).outcome).toBe('Viewer')

    await attempts('DELETE FROM failed_attempt')
    await guess(email, own)
    expect((await signIn(email, own)).outcome).toBe('RATE_LIMITED')
    expect((await signIn(email)).outcome).toBe('Viewer')
  })

  test('is made no easier by the cookie of another account, nor by one that was altered', async () => {
    const [email, other] = [await newMember(), await newMember()]
    const device = async (account: string) => ((await signIn(account)).cookies[1] ?? '').split(';')[0] ?? ''
    const [own, foreign] = [await device(email), await device(other)]
    await guess(email)
    const name = own.split('=')[0] ?? ''
    for (const cookie of [foreign, `${name}=${foreign.split('=')[1]}`, `${own}x`])
      expect((await signIn(email, { headers: { cookie } })).outcome, cookie).toBe('RATE_LIMITED')
  })

  test('makes strangers wait, not stay out: after the wait the right password opens, and is not counted', async () => {
    const email = await newMember()
    await guess(email)
    await attempts('UPDATE failed_attempt SET retry_at = now()')
    expect((await signIn(email)).outcome).toBe('Viewer')
    expect((await signIn(email)).outcome).toBe('Viewer')
    const { rows } = await storeline.app.database.pool.query('SELECT failures FROM failed_attempt')
    expect(rows).toEqual([{ failures: 10 }, { failures: 10 }])
  })

  test('in parallel is not outrun', async () => {
    const email = await newMember()
    const tries = await Promise.all(Array.from({ length: 30 }, (_, i) => signIn(email, { password: `guess ${i}` })))
    expect(tries.filter(({ outcome }) => outcome === 'InvalidCredentialsError').length).toBeLessThanOrEqual(10)
    for (const { retryAfter, header } of tries.filter(({ outcome }) => outcome === 'RATE_LIMITED'))
      expect([retryAfter, header]).toEqual([expect.any(Number), String(retryAfter)])
  })

  test('leaves nothing behind while its address has to wait', async () => {
    await guess(await newMember())
    await attempts(`UPDATE failed_attempt SET retry_at = now() + interval '50 seconds'`)
    for (let i = 0; i < 5; i++) expect((await signIn(`${randomUUID()}@nowhere.example`)).outcome).toBe('RATE_LIMITED')
    const { rows } = await attempts('SELECT failures FROM failed_attempt')
    expect(rows).toEqual([{ failures: 10 }, { failures: 10 }])
  })

  test('of an unknown account is slowed down alike, and no address is kept', async () => {
    const email = `${randomUUID()}@nowhere.example`
    await guess(email)
    expect((await signIn(email)).outcome).toBe('RATE_LIMITED')
    const { rows } = await storeline.app.database.pool.query('SELECT * FROM failed_attempt')
    expect(JSON.stringify(rows)).not.toContain('nowhere')
  })
})

describe('an address', () => {
  const look = async (forwarded: string) => {
    const token = randomUUID().padEnd(43, 'x')
    const { errors } = await storeline.graphql({ 'x-forwarded-for': forwarded }).send(LOOK, { token })
    return errors?.[0]?.extensions?.code ?? 'looked'
  }
  const lookOften = async (address: (n: number) => string) => {
    for (let n = 0; n < 50; n++) expect(await look(address(n))).toBe('looked')
    await attempts(`UPDATE failed_attempt SET retry_at = now() + interval '50 seconds'`)
  }

  test('is the one the proxy saw, whatever the client claims', async () => {
    await lookOften((n) => `10.9.8.${n}, 203.0.113.5`)
    expect(await look('192.0.2.99, 203.0.113.5')).toBe('RATE_LIMITED')
    expect(await look('203.0.113.5, 203.0.113.6')).toBe('looked')
  })

  test('in IPv6 counts with its whole /64', async () => {
    await lookOften((n) => `2001:db8:0:1::${n.toString(16)}`)
    expect(await look('2001:db8:0:1:ffff::1')).toBe('RATE_LIMITED')
    expect(await look('2001:db8:0:2::1')).toBe('looked')
  })
})
