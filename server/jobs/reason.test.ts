import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { reasonOf } from './reason.ts'

describe('why a job failed, as its shop reads it', () => {
  test.each([
    ['our own words', new Error('WhatsApp answered 500: try later'), 'WhatsApp answered 500: try later'],
    [
      'a database that is away',
      Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
      'The database could not be reached.',
    ],
    ['another side that is away', new TypeError('fetch failed'), 'The other side could not be reached.'],
    [
      'a fault of ours',
      new TypeError('x.y is not a function'),
      'Something unexpected went wrong on our side (TypeError).',
    ],
    ['something that is no error', 'oops', 'It failed without saying why.'],
    ['an error without words', new Error(''), 'Error'],
    ['several lines', new Error('first\n  second\u0000third'), 'first second third'],
  ])('of %s', (_what, error, reason) => {
    expect(reasonOf(error)).toBe(reason)
  })

  test('of a payload of another version names what does not fit', () => {
    const { error } = z.object({ id: z.uuid() }).safeParse({})
    expect(reasonOf(error)).toMatch(/^The job’s payload is not what this version understands\. id: /)
  })

  test.each([
    ['postgres://storeline:hunter22@10.0.0.1/db', 'hunter22'],
    ['GET https://graph.facebook.com/v24/media?access_token=EAAGsecretsecret failed', 'EAAGsecret'],
    ['refused Bearer sl_0123456789abcdefghijklmnopqrstuvwxyz', 'sl_0123'],
    ['secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'MfKQ9r8'],
    ['no account for ana.lima+shop@example.com', 'ana.lima'],
    ['cannot write to +55 11 91234-5678 now', '91234'],
    [`signature ${'a1B2'.repeat(12)} differs`, 'a1B2a1B2'],
  ])('keeps to itself what %s gives away', (message, secret) => {
    expect(reasonOf(new Error(message))).not.toContain(secret)
  })

  test('is one line that PostgreSQL can store, of at most 500 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (message) => {
        const reason = reasonOf(new Error(message))
        expect(reason.length).toBeLessThanOrEqual(500)
        // oxlint-disable-next-line no-control-regex
        expect(reason).not.toMatch(/[\u0000-\u001f\u007f]/)
        expect(reason).not.toMatch(/\p{Surrogate}/u)
      }),
    )
  })
})
