import { builder } from './builder.ts'

/** An amount of the shop's currency in minor units, with the locale it is written in. */
export type MoneyValue = { amount: number; currency: string; locale: string }

const formats = new Map<string, { format: Intl.NumberFormat; scale: number }>()

/** Writes an amount the way the locale does, e.g. `$12.50`. Currencies have 0, 2 or 3 decimals (ISO 4217). */
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
  description: 'An amount of money.',
  fields: (t) => ({
    amount: t.field({
      type: 'MinorUnits',
      description: 'In minor units, e.g. 1250 for $12.50.',
      resolve: (money) => money.amount,
    }),
    currency: t.exposeString('currency', { description: 'ISO 4217 code.' }),
    formatted: t.string({ description: "Written the way the shop's locale writes money.", resolve: formatMoney }),
  }),
})
