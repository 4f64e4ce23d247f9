import { render } from '@testing-library/react'
import { describe, expect, test } from 'vitest'
import { createDateFormat } from './dates.ts'
import { formatCountdown } from './durations.ts'
import { customerHandle, customerName, initials, languageName } from './people.ts'
import { WhatsAppText } from './WhatsAppText.tsx'

describe('dates', () => {
  // 2026-11-03 03:30 UTC is still 2 November, 22:30, in New York.
  const late = '2026-11-03T03:30:00Z'
  const now = Date.parse('2026-11-03T04:00:00Z')
  const newYork = createDateFormat('en-GB', 'America/New_York')

  test('days follow the shop’s time zone, not the browser’s', () => {
    expect(newYork.dayKey(late)).toBe('2026-11-02')
    expect(newYork.day(late, now)).toBe('Today')
    expect(createDateFormat('en-GB', 'UTC').dayKey(late)).toBe('2026-11-03')
  })

  test('today shows only the time; older moments show the day', () => {
    expect(newYork.moment(late, now)).toBe('22:30')
    expect(newYork.moment('2026-10-31T03:30:00Z', now)).toMatch(/^Fri,? 23:30$/)
    expect(newYork.moment('2026-09-01T12:00:00Z', now)).toMatch(/1 Sept?,? (at )?0?8:00/)
    expect(newYork.day('2026-11-02T03:30:00Z', now)).toBe('Yesterday')
  })

  test('dates follow the shop’s language, and an unknown one does not break the page', () => {
    expect(createDateFormat('es-MX', 'UTC').day('2026-01-05T12:00:00Z', now)).toContain('enero')
    expect(createDateFormat('xx-invalid-', 'UTC').time(late)).toContain('30')
  })
})

test('a countdown reads like a clock and stops at zero', () => {
  expect(formatCountdown(249_000)).toBe('4:09')
  expect(formatCountdown(3_900_000)).toBe('1 h 05 min')
  expect(formatCountdown(-5)).toBe('0:00')
})

describe('people', () => {
  test('a customer is shown by name, else user name, else phone number', () => {
    expect(customerName({ name: 'Ana', phone: '+15550100', username: null })).toBe('Ana')
    expect(customerName({ name: ' ', phone: null, username: 'ana.b' })).toBe('@ana.b')
    expect(customerName({ name: '', phone: '+15550100', username: null })).toBe('+15550100')
  })

  test('the handle does not repeat the name', () => {
    expect(customerHandle({ name: '', phone: '+15550100', username: null })).toBeNull()
    expect(customerHandle({ name: 'Ana', phone: '+15550100', username: null })).toBe('+15550100')
  })

  test('initials work in every script', () => {
    expect(initials('Ana María Luz')).toBe('AL')
    expect(initials('लक्ष्मी')).toHaveLength([...new Intl.Segmenter().segment('लक्ष्मी')][0]?.segment.length ?? 0)
    expect(initials('')).toBe('')
  })

  test('a language has an English name; an unknown tag is unchanged', () => {
    expect(languageName('es')).toBe('Spanish')
    expect(languageName('!')).toBe('!')
  })
})

test('WhatsApp’s formatting is rendered, and asterisks inside words stay', () => {
  const { container } = render(<WhatsAppText text={'*Total:* 2*3*4 _now_ ~old~ <b>'} />)
  expect(container.innerHTML).toBe('<strong>Total:</strong> 2*3*4 <em>now</em> <s>old</s> &lt;b&gt;')
})
