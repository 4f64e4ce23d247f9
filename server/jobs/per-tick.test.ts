import { expect, test } from 'vitest'
import { perTick } from './per-tick.ts'

test('what is handed over within a tick is done together, and an error rejects the caller of its item only', async () => {
  const batches: number[][] = []
  const add = perTick(async (items: number[]) => {
    batches.push(items)
    return items.map((item) => (item === 2 ? new Error('not two') : null))
  })
  const results = await Promise.allSettled([1, 2, 3].map(add))
  expect(batches).toEqual([[1, 2, 3]])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  await add(4)
  expect(batches).toEqual([[1, 2, 3], [4]])
})

test('work that fails as a whole rejects every caller, and the next tick works again', async () => {
  let fails = true
  const add = perTick(async (items: number[]) => {
    if (fails) throw new Error('away')
    return items.map(() => null)
  })
  const results = await Promise.allSettled([add(1), add(2)])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  fails = false
  await expect(add(3)).resolves.toBeUndefined()
})
