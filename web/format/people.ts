type Named = { name: string; phone: string | null; username: string | null }

/** A customer's display name: the name, else the user name, else the phone number. */
export function customerName({ name, phone, username }: Named): string {
  return name.trim() || (username ? `@${username.replace(/^@/, '')}` : (phone ?? 'Unknown customer'))
}

/** The phone number or user name to show beside the name; null when it is the display name itself. */
export function customerHandle(customer: Named): string | null {
  const handle = customer.phone ?? (customer.username ? `@${customer.username.replace(/^@/, '')}` : null)
  return handle === customerName(customer) ? null : handle
}

/** One or two letters for an avatar, split by grapheme, so that it works in every script. */
export function initials(name: string): string {
  const words = name.split(/[\s@+]+/u).filter(Boolean)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => (word ? firstLetter(word) : ''))
  return letters.join('').toLocaleUpperCase()
}

function firstLetter(word: string): string {
  const segment = new Intl.Segmenter().segment(word)[Symbol.iterator]().next()
  return segment.done ? '' : segment.value.segment
}

/** The English name of a language tag: "Spanish" for `es`; an unknown tag is returned unchanged. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames('en', { type: 'language' }).of(tag) ?? tag
  } catch {
    return tag
  }
}
