import { formatMoney } from '../../../format/money.ts'
import { useDates } from '../../../session/use-dates.ts'
import { useViewer } from '../../../session/viewer.ts'
import type { FormatValue } from './placeholders.ts'

/** Formats values with the shop's locale: an approximation until the server's preview arrives. */
export function useFormatValue(): FormatValue {
  const { currency, locale } = useViewer().merchant
  const dates = useDates()
  return (type, typed) => {
    if (type === 'MONEY') return formatMoney(typed, currency, locale) ?? typed
    if (type === 'DATE' && /^\d{4}-\d\d-\d\d$/.test(typed)) return dates.date(`${typed}T12:00:00Z`)
    return typed
  }
}
