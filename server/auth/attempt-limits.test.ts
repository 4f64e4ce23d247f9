import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ACCOUNT_LIMIT, ADDRESS_LIMIT, decideAttempt, DEVICE_LIMIT, type Attempts } from './attempt-limits.ts'
import { clientGroup } from './client-group.ts'
import { createGate } from './gate.ts'
import { deviceCookie, recogniseDevice, rememberDevice } from './known-device.ts'

const at = (seconds: number) => new Date(seconds * 1000)

/** The waits in seconds after each of `failures` failed attempts, each made as early as allowed. */
function waitsAfter(failures: number, limit = ACCOUNT_LIMIT): number[] {
  let [now, known] = [at(1_000_000), null as Attempts | null]
  return Array.from({ length: failures }, () => {
    const decision = decideAttempt(limit, known, now)
    if (!decision.allowed) throw new Error('the attempt was too early')
    known = decision.next
    const wait = (known.retryAt.getTime() - now.getTime()) / 1000
    now = known.retryAt
    return wait
  })
}

describe('failed attempts', () => {
  test('cause no wait at first, then waits that grow to a maximum', () => {
    expect(waitsAfter(16)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 10, 20, 40, 60, 60, 60])
    expect(waitsAfter(19, DEVICE_LIMIT).slice(-4)).toEqual([320, 640, 900, 900])
  })

  test('never cause more than the maximum wait, even when refused attempts are repeated', () => {
    const pausesMs = fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 200 })
    for (const limit of [ACCOUNT_LIMIT, ADDRESS_LIMIT, DEVICE_LIMIT])
      fc.assert(
        fc.property(pausesMs, (pauses) => {
          let [now, known] = [1_000_000_000, null as Attempts | null]
          for (const pause of pauses) {
            now += pause
            const decision = decideAttempt(limit, known, new Date(now))
            const next = decision.allowed ? decision.next.retryAt : decision.retryAt
            expect(next.getTime() - now).toBeLessThanOrEqual(limit.longestWait * 1000)
            if (decision.allowed) known = decision.next
          }
        }),
      )
  })

  test('are forgotten after a period without attempts', () => {
    const manyFailures = { failures: 100, retryAt: at(0), forgetAt: at(50) }
    expect(decideAttempt(ACCOUNT_LIMIT, manyFailures, at(49))).toMatchObject({ allowed: true, next: { failures: 101 } })
    expect(decideAttempt(ACCOUNT_LIMIT, manyFailures, at(50))).toMatchObject({ next: { failures: 1, retryAt: at(50) } })
  })
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['192.0.2.7:4711', '192.0.2.7'],
  ['[2001:db8:1:2::9]:4711', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:aaaa::1', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['', ''],
  ['unknown', 'unknown'],
])('the address %s counts as %s', (ip, group) => {
  expect(clientGroup(ip)).toBe(group)
})

describe('a known device', () => {
  const key = 'a secret of the installation'

  test('is recognised by its own account only, until its cookie expires', () => {
    const device = rememberDevice(key, 'ana@shop.example', null, at(0))
    const recognised = (account: string, value: string, now = at(1)) => recogniseDevice(key, account, value, now)
    expect(recognised('ana@shop.example', device.value)).toBe(device.id)
    expect(recognised('ben@shop.example', device.value)).toBeNull()
    expect(recognised('ana@shop.example', device.value, device.expiresAt)).toBeNull()
    expect(recogniseDevice('another secret', 'ana@shop.example', device.value, at(1))).toBeNull()
    const [id, expires, signature] = device.value.split('.')
    for (const forged of [
      '',
      '..',
      `${id}.zzzzzzzzz.${signature}`,
      `other.${expires}.${signature}`,
      `${id}.${expires}`,
    ])
      expect(recognised('ana@shop.example', forged), forged).toBeNull()
    expect(deviceCookie(key, 'ana@shop.example')).not.toBe(deviceCookie(key, 'ben@shop.example'))
  })

  test('stays the same device when it is remembered again', () => {
    const device = rememberDevice(key, 'ana@shop.example', null, at(0))
    const again = rememberDevice(key, 'ana@shop.example', device.id, at(500))
    expect(recogniseDevice(key, 'ana@shop.example', again.value, device.expiresAt)).toBe(device.id)
  })
})

describe('the gate before password hashing', () => {
  /** Makes work that ends when `endOne` is called, and records how much of it runs at the same time. */
  function controlledWork() {
    const ends: (() => void)[] = []
    const done: string[] = []
    const state = { running: 0, most: 0 }
    return {
      done,
      state,
      work: (name: string) => async () => {
        state.most = Math.max(state.most, ++state.running)
        await new Promise<void>((end) => ends.push(end))
        state.running--
        done.push(name)
      },
      endOne: async () => {
        ends.shift()?.()
        await new Promise((resolve) => setImmediate(resolve))
      },
    }
  }

  test('runs work up to its concurrency limit, prioritised work first and the rest in order', async () => {
    const gate = createGate({ concurrency: 2, waiting: 10, perOwner: 10 })
    const { work, endOne, done, state } = controlledWork()
    const passing = ['a', 'b', 'c', 'd'].map((name) => gate.run({ owner: name, first: false }, work(name)))
    passing.push(gate.run({ owner: 'known', first: true }, work('known')))
    for (let i = 0; i < 5; i++) await endOne()
    await Promise.all(passing)
    expect(done).toEqual(['a', 'b', 'known', 'c', 'd'])
    expect(state.most).toBe(2)
  })

  test('refuses an owner at its limit, and all owners without priority when the queue is full', async () => {
    const gate = createGate({ concurrency: 1, waiting: 3, perOwner: 2 })
    const { work, endOne } = controlledWork()
    const run = (owner: string, first = false) => gate.run({ owner, first }, work(owner))
    const passing = [run('a'), run('a')]
    expect(run('a')).toBeNull()
    passing.push(run('b'), run('c'))
    expect(run('d')).toBeNull()
    // Work with priority is admitted to a queue that is full for others.
    passing.push(run('known', true))
    expect(passing).not.toContain(null)
    for (let i = 0; i < 5; i++) await endOne()
    await Promise.all(passing)
    const late = run('a')
    expect(late).not.toBeNull()
    await endOne()
    await late
  })

  test('continues after work that failed', async () => {
    const gate = createGate({ concurrency: 1, waiting: 3, perOwner: 3 })
    const fail = () => Promise.reject(new Error('no'))
    const outcomes = [1, 2].map(() => gate.run({ owner: 'a', first: false }, fail))
    expect((await Promise.allSettled(outcomes)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await gate.run({ owner: 'a', first: false }, async () => 'yes')).toBe('yes')
  })
})
