import { expect, test } from 'vitest'
import { waitWhileBusy } from './backpressure.ts'

test('resolves at once while the process is idle', async () => {
  let asked = 0
  await waitWhileBusy(() => (asked++, 0.3), 60_000)
  expect(asked).toBe(1)
})

test('waits while the process is busy', async () => {
  const shares = [0.9, 0.95, 0.8, 0.5]
  await waitWhileBusy(() => shares.shift() ?? 0, 60_000)
  expect(shares).toEqual([])
})

test('waits no longer than its limit', async () => {
  let asked = 0
  await waitWhileBusy(() => (asked++, 1), 50)
  expect(asked).toBeGreaterThan(1)
})
