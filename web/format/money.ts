function digitsOf(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  } catch {
    return 2
  }
}

/**
 * Converts a typed amount ("12.50", "12,5") into minor units of the currency, as the API expects ("1250"). Null when the
 * text is not an amount, or has more decimals than the currency.
 */
export function toMinorUnits(text: string, currency: string): string | null {
  const match = /^\s*(-?)(\d{1,13})(?:[.,](\d*))?\s*$/.exec(text)
  if (!match) return null
  const [, sign = '', whole = '', fraction = ''] = match
  const digits = digitsOf(currency)
  if (fraction.length > digits) return null
  const units = (whole + fraction.padEnd(digits, '0')).replace(/^0+(?=\d)/, '')
  return units === '0' ? '0' : sign + units
}

/** Converts minor units ("1250") into major units ("12.50"); text that is not an integer stays unchanged. */
export function fromMinorUnits(units: string, currency: string): string {
  const match = /^\s*(-?)(\d+)\s*$/.exec(units)
  if (!match) return units
  const digits = digitsOf(currency)
  const [, sign = '', number = ''] = match
  const padded = number.padStart(digits + 1, '0')
  const whole = padded.slice(0, padded.length - digits)
  return sign + whole + (digits > 0 ? `.${padded.slice(-digits)}` : '')
}

/** Formats a typed amount in the shop's locale: "$12.50"; null when it is not an amount. */
export function formatMoney(text: string, currency: string, locale: string): string | null {
  const units = toMinorUnits(text, currency)
  if (units === null) return null
  const amount = Number(units) / 10 ** digitsOf(currency)
  return new Intl.NumberFormat(locale.replace('_', '-'), { style: 'currency', currency }).format(amount)
}
