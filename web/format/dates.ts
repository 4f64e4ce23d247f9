/** Date formats in the shop's locale and time zone, independent of the browser's. */
export type DateFormat = {
  /** "14:05", or "Tue 14:05" / "3 Nov, 14:05" when it was not today. */
  moment: (iso: string, now?: number) => string
  time: (iso: string) => string
  /** "3 November 2026 at 14:05" for tooltips and details. */
  full: (iso: string) => string
  /** "Today", "Yesterday", or the date: the separator of days in a chat. */
  day: (iso: string, now?: number) => string
  date: (iso: string) => string
  /** A calendar day in the shop's time zone, comparable: "2026-11-03". */
  dayKey: (iso: string | number) => string
}

const DAY_MS = 86_400_000

function checkedLocale(locale: string): string {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf([locale.replace('_', '-')])[0] ?? 'en'
  } catch {
    return 'en'
  }
}

/** `locale` is a BCP 47 tag (an underscore is accepted), `timeZone` an IANA name. */
export function createDateFormat(locale: string, timeZone: string): DateFormat {
  const known = checkedLocale(locale)
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(known, { timeZone, ...options })
  const time = format({ timeStyle: 'short' })
  const weekdayTime = format({ weekday: 'short', hour: 'numeric', minute: '2-digit' })
  const dateTime = format({ day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' })
  const full = format({ dateStyle: 'long', timeStyle: 'short' })
  const date = format({ dateStyle: 'medium' })
  const longDay = format({ weekday: 'long', day: 'numeric', month: 'long' })
  const key = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  const dayKey = (at: string | number) => key.format(new Date(at))

  return {
    time: (iso) => time.format(new Date(iso)),
    full: (iso) => full.format(new Date(iso)),
    date: (iso) => date.format(new Date(iso)),
    dayKey,
    moment: (iso, now = Date.now()) => {
      const at = new Date(iso)
      if (dayKey(iso) === dayKey(now)) return time.format(at)
      return (now - at.getTime() < 6 * DAY_MS ? weekdayTime : dateTime).format(at)
    },
    day: (iso, now = Date.now()) => {
      if (dayKey(iso) === dayKey(now)) return 'Today'
      if (dayKey(iso) === dayKey(now - DAY_MS)) return 'Yesterday'
      return longDay.format(new Date(iso))
    },
  }
}
