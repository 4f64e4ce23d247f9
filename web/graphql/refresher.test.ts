import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRefresher } from './refresher.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('a burst causes one refresh, later ones keep the interval, and the last request always counts', () => {
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

test('a stopped refresher does not refresh', () => {
  const refresh = vi.fn()
  const { request, stop } = createRefresher(refresh)
  request()
  stop()
  vi.advanceTimersByTime(10_000)
  expect(refresh).not.toHaveBeenCalled()
})
