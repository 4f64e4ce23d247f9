import { describe, expect, it } from 'vitest'

import { retryDecision, retryDelayMs, WhatsAppError } from './errors.ts'

const decisions = {
  retry: [1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057, 133004],
  later: [368, 131047, 131048, 131049, 131064, 132015, 132069, 133008, 133009, 133015, 133016, 137000],
  never: [
    0, 3, 10, 33, 100, 104, 190, 200, 299, 130403, 130472, 130497, 131005, 131008, 131009, 131021, 131026, 131030,
    131031, 131037, 131042, 131045, 131050, 131051, 131052, 131053, 131055, 131062, 131063, 132000, 132001, 132005,
    132007, 132008, 132012, 132016, 132018, 132068, 133000, 133005, 133006, 133010, 134011, 135000,
  ],
}

describe('the error table', () => {
  for (const [decision, codes] of Object.entries(decisions)) {
    it.each(codes)(`answers ${decision} for code %i`, (code) => expect(retryDecision(code)).toBe(decision))
  }

  it('never retries an undocumented code', () => expect(retryDecision(999_999)).toBe('never'))

  it('delays retries to one recipient by powers of four seconds after the pair rate limit', () => {
    expect([0, 1, 2, 3].map((n) => retryDelayMs(131056, n))).toEqual([1000, 4000, 16_000, 64_000])
    expect(retryDelayMs(131056, 40)).toBe(3_600_000)
  })

  it('retries after the throughput limit with jitter of half an exponential delay, capped at a minute', () => {
    expect([0, 1, 2].map((n) => retryDelayMs(130429, n, () => 0))).toEqual([1000, 2000, 4000])
    expect(retryDelayMs(130429, 2, () => 0.999)).toBeLessThanOrEqual(8000)
    expect(retryDelayMs(130429, 30, () => 0.999)).toBeLessThanOrEqual(60_000)
  })

  it('waits a day after a withheld marketing message, and never a negative time', () => {
    expect(retryDelayMs(131049, 0)).toBe(24 * 3_600_000)
    expect(retryDelayMs(131016, -5, () => 0)).toBe(1000)
  })

  it('carries the decision on the error', () => {
    const error = new WhatsAppError({ code: 131056, httpStatus: 400, message: 'pair rate limit', traceId: 'A1' })
    expect(error).toMatchObject({ retry: 'retry', code: 131056, traceId: 'A1', name: 'WhatsAppError' })
  })
})
