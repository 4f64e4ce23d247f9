import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAccounts, TRUSTED_PART, type Account } from './accounts.ts'
import { draw, type Bucket } from './bucket.ts'

const size = { points: 100, restorePerSecond: 10 }

test('a process decides by itself while the bucket has plenty, and asks near the limit and for much at once', () => {
  const accounts = createAccounts(size, () => 0)
  const account = accounts.of('a')
  expect(accounts.draw(account, 6, 0)).toEqual({ allowed: true, available: 94 })
  // A tenth of the bucket is the most that may be unsettled.
  expect(accounts.draw(account, 5, 0)).toBeNull()
  const sent = accounts.beginSettling(account, 5)
  expect(sent).toBe(6)
  accounts.endSettling(account, { sent: sent + 5, level: 20 })
  expect(accounts.draw(account, 9, 0)).toEqual({ allowed: true, available: 11 })
  accounts.endSettling(account, { sent: accounts.beginSettling(account, 0), level: 19 })
  expect(accounts.draw(account, 10, 0)).toBeNull()
})

test('a refund is counted at once and never needs the store', () => {
  const accounts = createAccounts(size, () => 0)
  const account = accounts.of('a')
  expect(accounts.draw(account, 10, 0)).toMatchObject({ available: 90 })
  expect(accounts.draw(account, 0, 8)).toEqual({ allowed: true, available: 98 })
  expect(accounts.draw(account, 8, 0)).toMatchObject({ available: 90 })
})

type Step = { process: number; wait: number; cost: number; settle: boolean }

/** Several processes over one exact bucket, as the script in Redis keeps it. Returns what they have admitted. */
function admit(processes: number, steps: readonly Step[]): { given: number; elapsed: number; lowest: number } {
  let now = 0
  let given = 0
  let lowest = size.points
  let bucket: Bucket = { points: size.points, at: 0 }
  const all = Array.from({ length: processes }, () => createAccounts(size, () => now))
  const store = (account: Account, accounts: ReturnType<typeof createAccounts>, cost: number): boolean => {
    const sent = accounts.beginSettling(account, cost)
    const { points, at } = draw(bucket, now, size, { cost: 0, refund: 0 }).bucket
    const left = Math.max(-size.points, Math.min(size.points, points - sent))
    const allowed = left >= cost
    bucket = { points: allowed ? left - cost : left, at }
    lowest = Math.min(lowest, bucket.points)
    accounts.endSettling(account, { sent: sent + cost, level: Math.floor(bucket.points) })
    return allowed
  }
  for (const { process, wait, cost, settle } of steps) {
    now += wait
    const accounts = all[process % processes] as ReturnType<typeof createAccounts>
    const account = accounts.of('key')
    if (accounts.draw(account, cost, 0) ?? store(account, accounts, cost)) given += cost
    if (settle) store(account, accounts, 0)
  }
  return { given, elapsed: now, lowest }
}

test('however many of ten processes spend and settle, they admit at most one bucket too much', () => {
  const steps = fc.array(
    fc.record({
      process: fc.nat(9),
      wait: fc.oneof(fc.constant(0), fc.nat(50), fc.nat(5_000)),
      cost: fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 100 })),
      settle: fc.boolean(),
    }),
    { minLength: 50, maxLength: 400 },
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), steps, (processes, asked) => {
      const { given, elapsed } = admit(processes, asked)
      const over = given - size.points - (elapsed * size.restorePerSecond) / 1_000
      expect(over).toBeLessThanOrEqual(processes * size.points * TRUSTED_PART)
    }),
    { numRuns: 1_000 },
  )
})

test('over a long time processes admit what is restored, however they take turns', () => {
  const steps = Array.from({ length: 5_000 }, (_none, i) => ({
    process: i % 5,
    wait: 20,
    cost: 3,
    settle: i % 3 === 0,
  }))
  const { given, elapsed } = admit(5, steps)
  expect(given).toBeGreaterThan((elapsed * size.restorePerSecond) / 1_000 - size.points)
  expect(given).toBeLessThan((elapsed * size.restorePerSecond) / 1_000 + 2 * size.points)
})
