import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { draw, secondsUntil, type Bucket } from './bucket.ts'
import { memoryLimiter } from './limiter.ts'
import { fieldsIn } from './meter.ts'

const size = { points: 100, restorePerSecond: 10 }

describe('a bucket', () => {
  test('is full at first, gives up to its points, and takes nothing when it refuses', () => {
    const first = draw(undefined, 0, size, { cost: 70, refund: 0 })
    expect(first).toMatchObject({ allowed: true, available: 30 })
    expect(draw(first.bucket, 0, size, { cost: 31, refund: 0 })).toMatchObject({ allowed: false, available: 30 })
    expect(draw(first.bucket, 100, size, { cost: 31, refund: 0 })).toMatchObject({ allowed: true, available: 0 })
  })

  test('adds refunds before it takes, and never exceeds its capacity', () => {
    const empty: Bucket = { points: 0, at: 0 }
    expect(draw(empty, 0, size, { cost: 20, refund: 25 })).toMatchObject({ allowed: true, available: 5 })
    expect(draw(empty, 3600_000, size, { cost: 0, refund: 50 })).toMatchObject({ available: 100 })
  })

  test('ignores a clock that goes back', () => {
    const { bucket } = draw(undefined, 10_000, size, { cost: 100, refund: 0 })
    const earlier = draw(bucket, 5_000, size, { cost: 1, refund: 0 })
    expect([earlier.allowed, earlier.bucket.at]).toEqual([false, 10_000])
  })

  test('never gives more than its capacity and refill, in any order of requests', () => {
    const asked = fc.array(fc.record({ wait: fc.nat(5_000), cost: fc.nat(120) }), { maxLength: 60 })
    fc.assert(
      fc.property(asked, (requests) => {
        let bucket: Bucket | undefined
        let [now, given] = [0, 0]
        for (const { wait, cost } of requests) {
          now += wait
          const drawn = draw(bucket, now, size, { cost, refund: 0 })
          bucket = drawn.bucket
          if (drawn.allowed) given += cost
          expect(drawn.available).toBeGreaterThanOrEqual(0)
          expect(drawn.available).toBeLessThanOrEqual(size.points)
        }
        expect(given).toBeLessThanOrEqual(size.points + (now * size.restorePerSecond) / 1_000)
      }),
    )
  })

  test('lets a request pass after exactly the time it was told to wait', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(99), (cost, points) => {
        const wait = secondsUntil(cost, points, size)
        const later = draw({ points, at: 0 }, wait * 1_000, size, { cost, refund: 0 })
        expect(later.allowed).toBe(true)
        if (wait > 0) expect(draw({ points, at: 0 }, (wait - 1) * 1_000, size, { cost, refund: 0 }).allowed).toBe(false)
      }),
    )
  })
})

test('buckets in memory are kept apart by name', async () => {
  let now = 0
  await using limiter = memoryLimiter(size, () => now)
  const ask = async (name: string) => (await limiter.draw(name, { cost: 60, refund: 0 }))?.allowed
  expect([await ask('a'), await ask('a'), await ask('b')]).toEqual([true, false, true])
  now = 2_000
  expect(await ask('a')).toBe(true)
})

test('an answer costs the fields it holds, counted up to the requested cost', () => {
  const data = {
    orders: { __typename: 'X', edges: [{ node: { id: 1, tags: ['a', 'b'] } }, { node: { id: 2, tags: [] } }] },
  }
  expect(fieldsIn(data, 1_000)).toBe(8)
  expect(fieldsIn(data, 5)).toBe(5)
  expect(fieldsIn(null, 10)).toBe(0)
})
