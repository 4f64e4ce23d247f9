import type { MessageAuthor, MessagePartsFragment } from '../../../generated/operations.ts'

type Placed = Pick<MessagePartsFragment, 'id' | 'author' | 'direction' | 'occurredAt' | 'staff'>

export type ThreadEntry<T> =
  | { kind: 'day'; key: string; iso: string }
  /** `first` opens a run of messages by one author within one day: it carries the author's name. */
  | { kind: 'message'; key: string; message: T; first: boolean }

/** Lays messages (newest first, as the server gives them) out as people read them: oldest first, days marked. */
export function layOutThread<T extends Placed>(newestFirst: T[], dayKey: (iso: string) => string): ThreadEntry<T>[] {
  const entries: ThreadEntry<T>[] = []
  let previous: T | undefined
  for (const message of newestFirst.toReversed()) {
    const day = dayKey(message.occurredAt)
    const newDay = !previous || dayKey(previous.occurredAt) !== day
    if (newDay) entries.push({ kind: 'day', key: day, iso: message.occurredAt })
    const sameVoice = previous?.author === message.author && previous.staff?.id === message.staff?.id
    entries.push({ kind: 'message', key: message.id, message, first: newDay || !sameVoice })
    previous = message
  }
  return entries
}

const VOICES: Record<MessageAuthor, string> = { BOT: 'Bot', CUSTOMER: '', STAFF: 'Staff', SYSTEM: 'Storeline' }

/** Who speaks on the shop's side; the customer's side needs no name. */
export function authorName({ author, staff }: Pick<Placed, 'author' | 'staff'>): string {
  return staff?.name ?? VOICES[author]
}
