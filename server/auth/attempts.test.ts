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
  ['by new subjects', (n: number) => `subject ${n}`],
  ['by one subject after its successes', () => 'subject'],
])('attempts %s, one right after the other, are never refused', async (_by, of) => {
  for (let n = 0; n < 400; n++) {
    const subjects = [{ kind: 'test', of: of(n), limit: ADDRESS_LIMIT }]
    await expect(countAttempt(opened.app, subjects, 'sign in'), `attempt ${n}`).resolves.toBeUndefined()
    await forgiveAttempt(opened.app, subjects)
  }
})
