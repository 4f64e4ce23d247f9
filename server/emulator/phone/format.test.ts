import { describe, expect, it } from 'vitest'

import { formatDay, formatPhone, initials } from './format.ts'

describe('formats of the phone', () => {
  it('names today and yesterday, and dates older days', () => {
    const now = new Date(2026, 10, 23, 12).getTime()
    const day = 86_400_000
    expect([formatDay(now, now), formatDay(now - day, now)]).toEqual(['Today', 'Yesterday'])
    expect(formatDay(now - 3 * day, now)).toContain('2026')
  })

  it('groups numbers of +1 and leaves others as they are', () => {
    expect([formatPhone('15550100101'), formatPhone('2348012345678')]).toEqual(['+1 555 010 0101', '+2348012345678'])
  })

  it('shortens names', () => {
    expect([initials('Customer 1'), initials('Taller'), initials('La Casa & Co'), initials('')]).toEqual([
      'C1',
      'T',
      'LC',
      '',
    ])
  })
})
