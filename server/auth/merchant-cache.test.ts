import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ChangeListener } from './changes.ts'
import { createMerchantCache } from './merchant-cache.ts'

type Right = { merchantId: string | null; version: number; endsAt?: Date }

let current: boolean
let listeners: Set<ChangeListener>
let loads: number
beforeEach(() => {
  vi.useFakeTimers()
  current = true
  listeners = new Set()
  loads = 0
})
afterEach(() => void vi.useRealTimers())

const open = (capacity = 100) =>
  createMerchantCache<Right | null>(
    {
      isCurrent: () => current,
      onChange: (listener) => {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    },
    { capacity, belonging: (right) => right },
  )
const change = (merchantId: string | null) => listeners.forEach((listener) => listener(merchantId))
const load = (merchantId: string | null, endsAt?: Date) => async (): Promise<Right> => ({
  merchantId,
  version: ++loads,
  ...(endsAt && { endsAt }),
})

test('a value is loaded once while the changes of merchants are known, and again after a minute', async () => {
  const cache = open()
  const get = () => cache.get('key', load('a'))
  await Promise.all([get(), get(), get()])
  vi.advanceTimersByTime(59_000)
  await get()
  expect(loads).toBe(1)
  vi.advanceTimersByTime(1_000)
  expect(await get()).toMatchObject({ version: 2 })
})

test('a value is cached for two seconds while changes are not known, and when it belongs to no merchant', async () => {
  const cache = open()
  const get = async () => [(await cache.get('key', load('a')))?.version, (await cache.get('bot', load(null)))?.version]
  expect(await get()).toEqual([1, 2])
  vi.advanceTimersByTime(2_500)
  expect(await get()).toEqual([1, 3])
  current = false
  vi.advanceTimersByTime(1_999)
  expect(await get()).toEqual([4, 3])
  vi.advanceTimersByTime(1_999)
  expect(await get()).toEqual([4, 5])
})

test('a change ends the values of its merchant and no others; one of an unknown merchant ends all', async () => {
  const cache = open()
  const get = async () => [(await cache.get('x', load('a')))?.version, (await cache.get('y', load('b')))?.version]
  await get()
  change('a')
  expect(await get()).toEqual([3, 2])
  change(null)
  expect(await get()).toEqual([4, 5])
})

test('a value whose load began before a change is not kept', async () => {
  const cache = open()
  let answer: (right: Right) => void = () => {}
  const slow = cache.get('key', () => new Promise((done) => (answer = done)))
  change('a')
  const fresh = await cache.get('key', load('a'))
  answer({ merchantId: 'a', version: 0 })
  expect(await slow).toMatchObject({ version: 0 })
  expect(await cache.get('key', load('a'))).toBe(fresh)
})

test('a value ends at its own end', async () => {
  const cache = open()
  const get = () => cache.get('key', load('a', new Date(Date.now() + 300)))
  await get()
  vi.advanceTimersByTime(299)
  expect(await get()).toMatchObject({ version: 1 })
  vi.advanceTimersByTime(1)
  expect(await get()).toMatchObject({ version: 2 })
})

test('nothing and failures are not kept', async () => {
  const cache = open()
  expect(await cache.get('key', async () => null)).toBeNull()
  await expect(cache.get('key', () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(cache.size()).toBe(0)
  expect(await cache.get('key', load('a'))).toMatchObject({ version: 1 })
})

test('the least recently used value makes room, and the cache is never larger than its capacity', async () => {
  const cache = open(3)
  for (const key of ['a', 'b', 'c']) await cache.get(key, load(key))
  await cache.get('a', load('a'))
  await cache.get('d', load('d'))
  expect([cache.peek('a'), cache.peek('b')]).toEqual([{ merchantId: 'a', version: 1 }, undefined])
  for (let i = 0; i < 50; i++) await cache.get(`more ${i}`, load('a'))
  expect(cache.size()).toBe(3)
})
