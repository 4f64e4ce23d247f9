import { escapeText, isolate, safeUrl } from './escape.ts'
import { directionOf } from './language.ts'

export const VARIABLE_TYPES = ['TEXT', 'NUMBER', 'MONEY', 'DATE', 'URL'] as const
export type VariableType = (typeof VARIABLE_TYPES)[number]

export type Variable = {
  name: string
  type: VariableType
  /** Replaces a missing value, in the format of a value. Empty makes the variable optional. */
  default: string | null
  /** For previews and WhatsApp's review, in the format of a value. */
  example: string | null
}

/** The settings by which values are formatted. */
export type Setting = {
  /** Of the text. */
  language: string
  /** BCP 47 tag numbers, money and dates are written in. */
  locale: string
  /** ISO 4217. */
  currency: string
  /** IANA. */
  timeZone: string
}

/** Lower case, because WhatsApp's named parameters are (Meta, "Template components"). */
export const VARIABLE_NAME = /^[a-z][a-z0-9_]{0,39}$/
/** The longest text value, in characters. */
const MAX_VALUE = 1_024

/** The format of a value of each type, in the words of a validation message. */
export const VALUE_RULES: Readonly<Record<VariableType, string>> = {
  TEXT: `must be a text of at most ${MAX_VALUE} characters`,
  NUMBER: 'must be a number such as 12 or 3.5, with at most 15 digits before the point and 6 behind it',
  MONEY: 'must be an amount in minor units, such as 1250 for 12.50',
  DATE: 'must be a date such as 2026-11-23, or a time such as 2026-11-23T14:05:00Z',
  URL: 'must be an absolute http(s) address of at most 2000 characters, without a user name or password',
}

/**
 * Formats a value as the customer reads it; null when it is not of the type. Values are strings: numbers with a point,
 * money in minor units of the shop's currency, dates as RFC 3339 (a date without a time is the same day everywhere, a time
 * is shown in the time zone of the shop).
 */
export function formatValue(
  type: VariableType,
  value: string,
  setting: Setting,
  { multiline }: { multiline: boolean },
): string | null {
  switch (type) {
    case 'TEXT':
      return value.length > MAX_VALUE * 2 || [...value].length > MAX_VALUE
        ? null
        : isolate(escapeText(value, { multiline }), directionOf(setting.language))
    case 'NUMBER':
      return isNumber(value) ? numberFormat(setting.locale).format(value.trim() as Intl.StringNumericLiteral) : null
    case 'MONEY':
      return isMinorUnits(value) ? formatAmount(Number(value), setting) : null
    case 'DATE':
      return formatDate(value.trim(), setting)
    case 'URL':
      return safeUrl(value)
  }
}

const isNumber = (value: string): boolean => /^\s*-?\d{1,15}(\.\d{1,6})?\s*$/.test(value)
const isMinorUnits = (value: string): boolean => /^\s*-?\d{1,15}\s*$/.test(value)

const DATE = /^\d{4}-\d\d-\d\d$/
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/

function formatDate(value: string, { locale, timeZone }: Setting): string | null {
  const bare = DATE.test(value)
  if (!bare && !INSTANT.test(value)) return null
  const instant = new Date(value)
  if (Number.isNaN(instant.getTime())) return null
  // V8 parses 31 February as 3 March.
  if (bare) return instant.toISOString().startsWith(value) ? dayFormat(locale).format(instant) : null
  const day = new Date(`${value.slice(0, 10)}T00:00:00Z`)
  if (Number.isNaN(day.getTime()) || !day.toISOString().startsWith(value.slice(0, 10))) return null
  return timeFormat(locale, timeZone).format(instant)
}

function formatAmount(amount: number, { locale, currency }: Setting): string {
  const format = moneyFormat(locale, currency)
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}

// Creating a formatter takes a hundred times as long as using it.
const formats = new Map<string, unknown>()
function remembered<Format>(key: string, build: () => Format): Format {
  const known = formats.get(key) as Format | undefined
  if (known) return known
  const format = build()
  if (formats.size < 2_000) formats.set(key, format)
  return format
}
const numberFormat = (locale: string) =>
  remembered(`number ${locale}`, () => new Intl.NumberFormat(locale, { maximumFractionDigits: 6 }))
const moneyFormat = (locale: string, currency: string) =>
  remembered(`money ${locale} ${currency}`, () => new Intl.NumberFormat(locale, { style: 'currency', currency }))
const dayFormat = (locale: string) =>
  remembered(
    `day ${locale}`,
    () => new Intl.DateTimeFormat(locale, { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' }),
  )
const timeFormat = (locale: string, timeZone: string) =>
  remembered(
    `time ${locale} ${timeZone}`,
    () =>
      new Intl.DateTimeFormat(locale, { timeZone, day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' }),
  )
