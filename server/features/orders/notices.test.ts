import { expect, test } from 'vitest'
import { noticeLanguage, orderNotice, shopTime, type NoticeFacts } from './notices.ts'

const facts: NoticeFacts = {
  number: 1001,
  fulfilment: 'PICKUP',
  shopName: 'Test Shop',
  pickupAddress: '1 Test Street',
  reason: 'out of milk',
  placedAt: 'now',
}

test('a customer is written to in their language, else the shop’s, else English', () => {
  expect(noticeLanguage('es', 'en-US').language).toBe('es')
  expect(noticeLanguage('sw', 'es-MX').language).toBe('es')
  expect(noticeLanguage(null, 'es-MX')).toEqual({ language: 'es', locale: 'es-MX' })
  expect(noticeLanguage(null, 'fr-FR').language).toBe('en')
})

test('every move the customer cares about has a text in every language, naming the order', () => {
  for (const language of ['en', 'es'] as const) {
    for (const move of [
      'ACCEPT',
      'REJECT',
      'START_PREPARING',
      'MARK_READY',
      'DISPATCH',
      'FAIL_DELIVERY',
      'DELIVER',
      'CANCEL',
      'EXPIRE',
    ] as const) {
      expect(orderNotice(move, language, facts), `${language} ${move}`).toContain('1001')
    }
    for (const move of ['COMPLETE', 'RETURN'] as const) expect(orderNotice(move, language, facts)).toBeNull()
    expect(orderNotice('REJECT', language, facts)).toContain('out of milk')
    expect(orderNotice('MARK_READY', language, facts)).toContain('1 Test Street')
    expect(orderNotice('MARK_READY', language, { ...facts, fulfilment: 'DELIVERY' })).not.toContain('1 Test Street')
  }
})

test('times are those of the shop’s clock', () => {
  const noonUtc = new Date('2026-11-23T12:00:00Z')
  expect(shopTime(noonUtc, { locale: 'en-US', timeZone: 'America/New_York' })).toMatch(/Nov 23, 7:00.AM/)
  expect(shopTime(noonUtc, { locale: 'es-MX', timeZone: 'America/Mexico_City' })).toMatch(/23 nov.* 6:00/)
})
