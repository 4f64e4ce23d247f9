import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { failureReason } from './reason.ts'

describe('the reason of a failed job, as its shop sees it', () => {
  test.each([
    ['an error of this system', new Error('WhatsApp answered 500: try later'), 'WhatsApp answered 500: try later'],
    [
      'an unreachable database',
      Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
      'The database could not be reached.',
    ],
    ['an unreachable server', new TypeError('fetch failed'), 'The remote server could not be reached.'],
    [
      'a programming error',
      new TypeError('x.y is not a function'),
      'Something unexpected went wrong on our side (TypeError).',
    ],
    ['a thrown text', 'oops', 'It failed without a message.'],
    ['an error without a message', new Error(''), 'Error'],
    ['several lines', new Error('first\n  second\u0000third'), 'first second third'],
  ])('of %s', (_what, error, reason) => {
    expect(failureReason(error)).toBe(reason)
  })

  test('of a payload of another version names the invalid fields', () => {
    const { error } = z.object({ id: z.uuid() }).safeParse({})
    expect(failureReason(error)).toMatch(/^The job’s payload does not fit this version\. id: /)
  })

  test.each([
    ['postgres://storeline:hunter22@10.0.0.1/db', 'hunter22'],
    ['GET https://graph.facebook.com/v24/media?access_token=EAAGsecretsecret failed', 'EAAGsecret'],
    ['refused Bearer sl_0123456789abcdefghijklmnopqrstuvwxyz', 'sl_0123'],
    ['secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'MfKQ9r8'],
    ['no account for ana.lima+shop@example.com', 'ana.lima'],
    ['cannot write to +55 11 91234-5678 now', '91234'],
    [`signature ${'a1B2'.repeat(12)} differs`, 'a1B2a1B2'],
  ])('redacts %s', (message, secret) => {
    expect(failureReason(new Error(message))).not.toContain(secret)
  })

  test('is one line that PostgreSQL can store, of at most 500 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (message) => {
        const reason = failureReason(new Error(message))
        expect(reason.length).toBeLessThanOrEqual(500)
        // oxlint-disable-next-line no-control-regex
        expect(reason).not.toMatch(/[\u0000-\u001f\u007f]/)
        expect(reason).not.toMatch(/\p{Surrogate}/u)
      }),
    )
  })
})
