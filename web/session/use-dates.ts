import { createDateFormat, type DateFormat } from '../format/dates.ts'
import { useViewer } from './viewer.ts'

const formats = new Map<string, DateFormat>()

/** Formats dates in the shop's locale and time zone. */
export function useDates(): DateFormat {
  const { locale, timeZone } = useViewer().merchant
  const key = `${locale} ${timeZone}`
  const format = formats.get(key) ?? createDateFormat(locale, timeZone)
  formats.set(key, format)
  return format
}
