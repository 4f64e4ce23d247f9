import { describe, expect, test } from 'vitest'
import { limits } from '../replies/limits.ts'
import type { Language } from './catalogue.ts'
import { catalogue, languageOf, languages } from './catalogue.ts'
import { chooseLanguage, detectLanguage, languageOfPhone } from './detect.ts'
import { formatMoney, formatTime } from './format.ts'

type Sentence = { path: string; text: string }

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

// Calls the texts with parameters; the numbers 1 and 5 serve as counts and as names.
const sentences = (value: unknown, path = ''): Sentence[] => {
  if (typeof value === 'string') return [{ path, text: value }]
  if (typeof value === 'function')
    return [1, 5].map((count) => ({ path: `${path}(${count})`, text: String(value(count, count, count)) }))
  return isRecord(value) ? Object.entries(value).flatMap(([key, inner]) => sentences(inner, `${path}.${key}`)) : []
}

describe('the catalogue', () => {
  test.each(languages)('has every text in %s', (language) => {
    const paths = sentences(catalogue[language]).map((sentence) => sentence.path)
    expect(paths).toEqual(sentences(catalogue.en).map((sentence) => sentence.path))
    for (const { path, text } of sentences(catalogue[language])) {
      expect(text.trim(), path).not.toBe('')
      expect(text, path).not.toMatch(/undefined|NaN|\[object/)
    }
  })

  // Texts that are equal in two languages; any other equal text is an omitted translation.
  const alike: Partial<Record<Language, string[]>> = {
    es: ['.cart.subtotal(1)', '.cart.subtotal(5)', '.checkout.total(1)', '.checkout.total(5)'],
    fr: ['.button.menu'],
  }

  test.each(languages.filter((language) => language !== 'en'))('is translated into %s', (language) => {
    const english = new Map(sentences(catalogue.en).map(({ path, text }) => [path, text]))
    const same = sentences(catalogue[language]).filter(({ path, text }) => english.get(path) === text)
    expect(same.map(({ path }) => path)).toEqual(alike[language] ?? [])
  })

  test.each(languages)('has texts in %s that fit WhatsApp’s limits', (language) => {
    for (const { path, text } of sentences(catalogue[language])) expect(text.length, path).toBeLessThan(limits.body / 2)
  })

  test.each(languages)('has buttons and rows in %s that fit untruncated', (language) => {
    const { button, row } = catalogue[language]
    const { method } = catalogue[language].pay
    for (const title of Object.values(method)) expect(title.length, title).toBeLessThanOrEqual(limits.buttonTitle)
    const named = new Set(['.take', '.remove'])
    for (const { path, text } of sentences(button)) {
      if (!named.has(path.replace(/\(.*/, '')))
        expect(text.length, `${path}: ${text}`).toBeLessThanOrEqual(limits.buttonTitle)
    }
    for (const title of [row.allProducts, row.more, row.plusOne, row.minusOne, row.removeLine, row.clearCart]) {
      expect(`🗑️ ${title}`.length, title).toBeLessThanOrEqual(limits.rowTitle)
    }
    for (const { path, text } of sentences(row)) expect(text.length, path).toBeLessThanOrEqual(limits.rowDescription)
  })
})

describe('the language', () => {
  test.each([
    ['Hola', 'es'],
    ['quiero dos cafés', 'es'],
    ['¿cuánto cuesta?', 'es'],
    ['Hello there', 'en'],
    ['what do you have?', 'en'],
    ['Bonjour', 'fr'],
    ['je voudrais deux cafés', 'fr'],
    ['combien coûte la livraison ?', 'fr'],
    ['l’adresse', 'fr'],
    ['Olá', 'pt'],
    ['quero dois pães, por favor', 'pt'],
    ['quanto custa a entrega?', 'pt'],
    ['por favor', null],
    ['latte', null],
    ['42', null],
    ['👋', null],
  ])('of “%s” is %s', (text, language) => {
    expect(detectLanguage(text)?.language ?? null).toBe(language)
  })

  test.each([
    ['+34600000000', 'es'],
    ['+525512345678', 'es'],
    ['+18095550100', 'es'],
    ['+14155550100', 'en'],
    ['+447000000000', 'en'],
    ['+33612345678', 'fr'],
    ['+221771234567', 'fr'],
    ['+5511987654321', 'pt'],
    ['+351912345678', 'pt'],
    ['+4915100000000', null],
    [null, null],
  ])('of the phone %s is %s', (phone, language) => {
    expect(languageOfPhone(phone)).toBe(language)
  })

  const hints = { text: null, remembered: null, chosen: false, phone: null, shopLocale: 'de-DE' }

  test('is the chosen, else the written, else the stored one, else guessed from phone, shop, and English', () => {
    const choose = (given: Partial<Parameters<typeof chooseLanguage>[0]>) => chooseLanguage({ ...hints, ...given })
    expect(choose({ chosen: true, remembered: 'es-MX', text: 'hello my friend' })).toEqual({
      language: 'es',
      remember: false,
    })
    expect(choose({ remembered: 'es', text: 'hello' })).toEqual({ language: 'en', remember: true })
    expect(choose({ remembered: 'en', text: 'pan para hamburguesa' })).toEqual({ language: 'en', remember: false })
    expect(choose({ remembered: 'en', text: 'hi' })).toEqual({ language: 'en', remember: false })
    expect(choose({ phone: '+34600000000', text: 'latte' })).toEqual({ language: 'es', remember: false })
    expect(choose({ shopLocale: 'es-MX' })).toEqual({ language: 'es', remember: false })
    expect(choose({})).toEqual({ language: 'en', remember: false })
  })

  test('is parsed from any tag', () => {
    expect(['es-MX', 'EN_us', 'fr', 'pt-BR', 'de', '', null].map(languageOf)).toEqual([
      'es',
      'en',
      'fr',
      'pt',
      null,
      null,
      null,
    ])
  })
})

describe('numbers and times', () => {
  test('follow the shop’s locale', () => {
    expect(formatMoney(123_456, { locale: 'en-US', timeZone: 'UTC', currency: 'USD' })).toBe('$1,234.56')
    expect(formatMoney(1500, { locale: 'ja-JP', timeZone: 'UTC', currency: 'JPY' })).toContain('1,500')
    expect(formatMoney(1500, { locale: 'en', timeZone: 'UTC', currency: 'KWD' })).toContain('1.500')
    const shop = { locale: 'es-MX', timeZone: 'America/Mexico_City', currency: 'MXN' }
    expect(formatTime('2026-11-23T15:30:00Z', 'es', shop)).toMatch(/lun.*23.*nov.*9:30/)
    expect(formatTime('2026-11-23T15:30:00Z', 'en', shop)).toMatch(/Mon, Nov 23, 9:30\sAM/)
    expect(formatTime('2026-11-23T15:30:00Z', 'fr', shop)).toMatch(/lun.*23 nov.*9:30/)
    expect(formatTime('2026-11-23T15:30:00Z', 'pt', shop)).toMatch(/seg.*23.*nov.*9:30/)
    // Amounts follow the shop's locale, not the customer's language.
    expect(formatMoney(123_456, { locale: 'fr-FR', timeZone: 'UTC', currency: 'EUR' })).toMatch(/1\s234,56\s€/)
    expect(formatMoney(123_456, { locale: 'pt-BR', timeZone: 'UTC', currency: 'BRL' })).toMatch(/R\$\s1\.234,56/)
  })

  test('tolerate invalid settings', () => {
    const odd = { locale: 'no such locale', timeZone: 'Mars/Olympus', currency: '??' }
    expect(formatMoney(1234, odd)).toBe('12.34 ??')
    expect(formatTime('2026-11-23T15:30:00Z', 'en', odd)).toBe('2026-11-23T15:30:00Z')
  })
})
