const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' })

export const formatTime = (at: number): string => time.format(at)
export const dayOf = (at: number): string => new Date(at).toDateString()

/** "Today", "Yesterday", or the date. */
export function formatDay(at: number, now: number = Date.now()): string {
  const day = dayOf(at)
  if (day === dayOf(now)) return 'Today'
  return day === dayOf(now - 86_400_000) ? 'Yesterday' : date.format(at)
}

/** The initials of a name, at most two letters. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => /^[\p{L}\p{N}]/u.test(word))
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return letters
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toUpperCase()
}

/** A stable colour of a name, as an index of the palette. */
export function toneOf(name: string): number {
  let sum = 0
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973
  return sum % 6
}

export function formatPhone(waId: string): string {
  const match = /^1(\d{3})(\d{3})(\d{4})$/.exec(waId)
  return match ? `+1 ${match[1]} ${match[2]} ${match[3]}` : `+${waId}`
}
