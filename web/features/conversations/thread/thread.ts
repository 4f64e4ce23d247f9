import type { MessageAuthor, MessagePartsFragment } from '../../../generated/operations.ts'

type ThreadMessage = Pick<MessagePartsFragment, 'id' | 'author' | 'direction' | 'occurredAt' | 'staff'>

export type ThreadEntry<T> =
  | { kind: 'day'; key: string; iso: string }
  /** `first` marks the first of consecutive messages by one author on one day: it shows the author's name. */
  | { kind: 'message'; key: string; message: T; first: boolean }

/** Orders messages (newest first from the server) oldest first, with an entry for each new day. */
export function buildThread<T extends ThreadMessage>(
  newestFirst: T[],
  dayKey: (iso: string) => string,
): ThreadEntry<T>[] {
  const entries: ThreadEntry<T>[] = []
  let previous: T | undefined
  for (const message of newestFirst.toReversed()) {
    const day = dayKey(message.occurredAt)
    const newDay = !previous || dayKey(previous.occurredAt) !== day
    if (newDay) entries.push({ kind: 'day', key: day, iso: message.occurredAt })
    const sameAuthor = previous?.author === message.author && previous.staff?.id === message.staff?.id
    entries.push({ kind: 'message', key: message.id, message, first: newDay || !sameAuthor })
    previous = message
  }
  return entries
}

const AUTHOR_NAMES: Record<MessageAuthor, string> = { BOT: 'Bot', CUSTOMER: '', STAFF: 'Staff', SYSTEM: 'Storeline' }

/** The author's name on the shop's side; empty for the customer. */
export function authorName({ author, staff }: Pick<ThreadMessage, 'author' | 'staff'>): string {
  return staff?.name ?? AUTHOR_NAMES[author]
}
