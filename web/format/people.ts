type Named = { name: string; phone: string | null; username: string | null }

/** What staff see as a customer's name: the name, else the user name, else the number. */
export function customerName({ name, phone, username }: Named): string {
  return name.trim() || (username ? `@${username.replace(/^@/, '')}` : (phone ?? 'Unknown customer'))
}

/** How to reach them, said beside the name; null when the name says it already. */
export function customerHandle(customer: Named): string | null {
  const handle = customer.phone ?? (customer.username ? `@${customer.username.replace(/^@/, '')}` : null)
  return handle === customerName(customer) ? null : handle
}

/** One or two letters for an avatar, by grapheme, so that no script is cut in half. */
export function initials(name: string): string {
  const words = name.split(/[\s@+]+/u).filter(Boolean)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => (word ? firstLetter(word) : ''))
  return letters.join('').toLocaleUpperCase()
}

function firstLetter(word: string): string {
  const segment = new Intl.Segmenter().segment(word)[Symbol.iterator]().next()
  return segment.done ? '' : segment.value.segment
}

/** A language tag in English: "Spanish" for `es`. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames('en', { type: 'language' }).of(tag) ?? tag
  } catch {
    return tag
  }
}
