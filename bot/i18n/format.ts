import type { Language } from './catalogue.ts'

/** Where and how a shop writes: BCP 47 locale, IANA time zone, ISO 4217 currency. */
export type ShopLocale = { locale: string; timeZone: string; currency: string }

// The shop's regional habits (day first, 24 hours) when it is the customer's language too.
const localeFor = (language: Language, locale: string): string =>
  locale.toLowerCase().startsWith(language) ? locale : language

/** An instant (RFC 3339) in the shop's time zone, e.g. `Mon 23 Nov, 14:30`; the instant itself if it cannot be read. */
export const formatTime = (instant: string, language: Language, { locale, timeZone }: ShopLocale): string => {
  try {
    return new Intl.DateTimeFormat(localeFor(language, locale), {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      hour: 'numeric',
      minute: '2-digit',
      timeZone,
    }).format(new Date(instant))
  } catch {
    return instant
  }
}

/**
 * Writes a sum the server did not write itself. `amount` is in minor units, whose number of digits is the currency's
 * (ISO 4217), as known to Intl.
 */
export const formatMoney = (amount: number, { locale, currency }: ShopLocale): string => {
  try {
    const format = new Intl.NumberFormat(locale, { style: 'currency', currency })
    return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
  } catch {
    return `${amount / 100} ${currency}`
  }
}
