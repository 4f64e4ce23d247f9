import { expect, test } from 'vitest'
import { waitWhileBusy } from './backpressure.ts'

test('what can wait goes on at once while there is time to spare', async () => {
  let asked = 0
  await waitWhileBusy(() => (asked++, 0.3), 60_000)
  expect(asked).toBe(1)
})

test('it waits as long as the process is busy', async () => {
  const shares = [0.9, 0.95, 0.8, 0.5]
  await waitWhileBusy(() => shares.shift() ?? 0, 60_000)
  expect(shares).toEqual([])
})

test('it never waits for ever', async () => {
  let asked = 0
  await waitWhileBusy(() => (asked++, 1), 50)
  expect(asked).toBeGreaterThan(1)
})
