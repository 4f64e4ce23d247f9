import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../../test/harness/app.ts'
import { ADDRESS_LIMIT } from './attempt-limits.ts'
import { countAttempt, forgiveAttempt } from './attempts.ts'

let opened: TestApp
beforeAll(async () => {
  opened = await openTestApp()
})
afterAll(() => opened[Symbol.asyncDispose]())

test.each([
  ['by new subjects', (n: number) => `subject ${n}`, ADDRESS_LIMIT],
  // Without free failures each attempt begins a wait, which its success takes back.
  ['by one subject after its successes', () => 'subject', { ...ADDRESS_LIMIT, free: 0 }],
])('attempts %s, one right after the other, are never refused', async (_by, of, limit) => {
  for (let n = 0; n < 400; n++) {
    const subjects = [{ kind: 'test', of: of(n), limit }]
    await expect(countAttempt(opened.app, subjects, 'sign in'), `attempt ${n}`).resolves.toBeUndefined()
    await forgiveAttempt(opened.app, subjects)
  }
})
