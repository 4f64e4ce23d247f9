import { expect, test, vi } from 'vitest'
import { createLanes } from './worker-pool.ts'

// Claims that the test answers one by one.
const scripted = (concurrency: number) => {
  const claims: ((work: string | null) => void)[] = []
  const handled: string[] = []
  const failures: unknown[] = []
  const lanes = createLanes<string>({
    concurrency,
    claim: () => new Promise((resolve) => claims.push(resolve)),
    handle: async (work) => void handled.push(work),
    onClaimFailed: (error) => failures.push(error),
  })
  const answer = async (work: string | null) => {
    await vi.waitFor(() => expect(claims.length).toBeGreaterThan(0))
    claims.shift()?.(work)
  }
  return { lanes, claims, handled, failures, answer }
}

test('a wake-up during a claim that finds nothing leads to another claim', async () => {
  const { lanes, handled, answer } = scripted(1)
  lanes.wake()
  lanes.wake()
  await answer(null)
  await answer('work that came in between')
  await vi.waitFor(() => expect(handled).toEqual(['work that came in between']))
})

test('found work opens the next lane, and no more lanes than allowed', async () => {
  const { lanes, claims, answer } = scripted(2)
  lanes.wake()
  expect(claims).toHaveLength(1)
  await answer('first')
  await vi.waitFor(() => expect(claims).toHaveLength(2))
  lanes.wake()
  expect(claims).toHaveLength(2)
})

test('draining handles what a claim under way still brings, and claims no more', async () => {
  const { lanes, claims, handled, answer } = scripted(1)
  lanes.wake()
  const drained = lanes.drain()
  await answer('late')
  await drained
  lanes.wake()
  expect(handled).toEqual(['late'])
  expect(claims).toEqual([])
})

test('a failed claim ends its lane only until the next wake-up', async () => {
  let calls = 0
  const failures: unknown[] = []
  const lanes = createLanes<string>({
    concurrency: 1,
    claim: async () => {
      calls += 1
      throw new Error('away')
    },
    handle: async () => {},
    onClaimFailed: (error) => failures.push(error),
  })
  lanes.wake()
  await vi.waitFor(() => expect(failures).toHaveLength(1))
  await vi.waitFor(() => {
    lanes.wake()
    expect(calls).toBeGreaterThan(1)
  })
  await lanes.drain()
})
