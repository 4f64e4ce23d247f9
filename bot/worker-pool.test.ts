import { expect, test, vi } from 'vitest'
import { createWorkerPool } from './worker-pool.ts'

// The test answers the claims one by one.
const scripted = (concurrency: number) => {
  const claims: ((job: string | null) => void)[] = []
  const handled: string[] = []
  const failures: unknown[] = []
  const pool = createWorkerPool<string>({
    concurrency,
    claim: () => new Promise((resolve) => claims.push(resolve)),
    handle: async (job) => void handled.push(job),
    onClaimFailed: (error) => failures.push(error),
  })
  const answer = async (job: string | null) => {
    await vi.waitFor(() => expect(claims.length).toBeGreaterThan(0))
    claims.shift()?.(job)
  }
  return { pool, claims, handled, failures, answer }
}

test('a wake-up during an empty claim leads to another claim', async () => {
  const { pool, handled, answer } = scripted(1)
  pool.wake()
  pool.wake()
  await answer(null)
  await answer('a job that arrived in between')
  await vi.waitFor(() => expect(handled).toEqual(['a job that arrived in between']))
})

test('a claimed job starts the next worker, up to the concurrency limit', async () => {
  const { pool, claims, answer } = scripted(2)
  pool.wake()
  expect(claims).toHaveLength(1)
  await answer('first')
  await vi.waitFor(() => expect(claims).toHaveLength(2))
  pool.wake()
  expect(claims).toHaveLength(2)
})

test('draining handles the job of a claim in progress, and claims no more', async () => {
  const { pool, claims, handled, answer } = scripted(1)
  pool.wake()
  const drained = pool.drain()
  await answer('late')
  await drained
  pool.wake()
  expect(handled).toEqual(['late'])
  expect(claims).toEqual([])
})

test('a failed claim ends its worker only until the next wake-up', async () => {
  let calls = 0
  const failures: unknown[] = []
  const pool = createWorkerPool<string>({
    concurrency: 1,
    claim: async () => {
      calls += 1
      throw new Error('away')
    },
    handle: async () => {},
    onClaimFailed: (error) => failures.push(error),
  })
  pool.wake()
  await vi.waitFor(() => expect(failures).toHaveLength(1))
  await vi.waitFor(() => {
    pool.wake()
    expect(calls).toBeGreaterThan(1)
  })
  await pool.drain()
})
