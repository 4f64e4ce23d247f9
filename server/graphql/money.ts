import { builder } from './builder.ts'

/** An amount in minor units of the merchant's currency, with the locale in which it is formatted. */
export type MoneyValue = { amount: number; currency: string; locale: string }

const formats = new Map<string, { format: Intl.NumberFormat; scale: number }>()

/** Formats an amount in its locale, e.g. `$12.50`. Currencies have 0, 2 or 3 decimals (ISO 4217). */
export function formatMoney({ amount, currency, locale }: MoneyValue): string {
  const key = `${locale} ${currency}`
  let found = formats.get(key)
  if (!found) {
    const format = new Intl.NumberFormat(locale, { style: 'currency', currency })
    found = { format, scale: 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2) }
    if (formats.size < 500) formats.set(key, found)
  }
  return found.format.format(amount / found.scale)
}

export const Money = builder.objectRef<MoneyValue>('Money').implement({
  description: 'An amount of money in the currency of the shop.',
  fields: (t) => ({
    amount: t.field({
      type: 'MinorUnits',
      description: 'In minor units, e.g. 1250 for $12.50.',
      resolve: (money) => money.amount,
    }),
    currency: t.exposeString('currency', { description: 'ISO 4217 code, e.g. `USD`.' }),
    formatted: t.string({ description: "Formatted in the shop's locale, e.g. `$12.50`.", resolve: formatMoney }),
  }),
})
