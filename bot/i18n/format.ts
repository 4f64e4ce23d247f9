import type { Language } from './catalogue.ts'
import { remembered } from './remembered.ts'

/** A shop's formats: BCP 47 locale, IANA time zone, ISO 4217 currency. */
export type ShopLocale = { locale: string; timeZone: string; currency: string }

// Keeps the region of the shop's locale (day first, 24 hours) when its language is the customer's.
const localeFor = (language: Language, locale: string): string =>
  locale.toLowerCase().startsWith(language) ? locale : language

const timeFormat = (locale: string, timeZone: string): Intl.DateTimeFormat =>
  remembered(
    `time ${locale} ${timeZone}`,
    () =>
      new Intl.DateTimeFormat(locale, {
        weekday: 'short',
        day: 'numeric',
        month: 'short',
        hour: 'numeric',
        minute: '2-digit',
        timeZone,
      }),
  )
const moneyFormat = (locale: string, currency: string): Intl.NumberFormat =>
  remembered(`money ${locale} ${currency}`, () => new Intl.NumberFormat(locale, { style: 'currency', currency }))

/** An instant (RFC 3339) in the shop's time zone, e.g. `Mon 23 Nov, 14:30`; returned unchanged when it cannot be parsed. */
export const formatTime = (instant: string, language: Language, { locale, timeZone }: ShopLocale): string => {
  try {
    return timeFormat(localeFor(language, locale), timeZone).format(new Date(instant))
  } catch {
    return instant
  }
}

/**
 * Formats an amount that the server did not format. `amount` is in minor units; Intl knows the number of digits of each
 * ISO 4217 currency.
 */
export const formatMoney = (amount: number, { locale, currency }: ShopLocale): string => {
  try {
    const format = moneyFormat(locale, currency)
    return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
  } catch {
    return `${amount / 100} ${currency}`
  }
}
