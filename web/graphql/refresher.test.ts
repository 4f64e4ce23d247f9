import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRefresher } from './refresher.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('a burst is one refresh, later requests keep the interval, and the last one is never lost', () => {
  const refresh = vi.fn()
  const { request } = createRefresher(refresh, { delayMs: 100, intervalMs: 1_000 })
  request()
  request()
  vi.advanceTimersByTime(100)
  expect(refresh).toHaveBeenCalledTimes(1)
  request()
  vi.advanceTimersByTime(999)
  expect(refresh).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(1)
  expect(refresh).toHaveBeenCalledTimes(2)
})

test('a stopped refresher does nothing more', () => {
  const refresh = vi.fn()
  const { request, stop } = createRefresher(refresh)
  request()
  stop()
  vi.advanceTimersByTime(10_000)
  expect(refresh).not.toHaveBeenCalled()
})
