import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { whenParentEnds } from './parent.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('the callback runs once when the parent process has exited', () => {
  const onEnd = vi.fn()
  let parent = 4711
  whenParentEnds(onEnd, { parentId: () => parent, everyMs: 100 })
  vi.advanceTimersByTime(1_000)
  expect(onEnd).not.toHaveBeenCalled()
  parent = 1
  vi.advanceTimersByTime(1_000)
  expect(onEnd).toHaveBeenCalledTimes(1)
})
