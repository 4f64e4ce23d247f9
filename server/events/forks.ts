import { foreignCursor, type LogPosition } from './cursor.ts'

/** A fork of a merchant's log: a backup was restored, and the log went on under another name. */
export type Fork = {
  /** Name of the log since then. */
  incarnation: string
  /** Sequence of the last event that the backup held. */
  after: number
}

/** Where a reader goes on, in the log as it is now. */
export type Resumption = {
  sequence: number
  /** The reader has seen events that the log no longer has, and must refetch its state. */
  forked: boolean
}

/**
 * Finds where a reader with this cursor goes on. `forks` are those of the shop, the oldest first. Events that the backup
 * held are common to both logs, so a reader that had not come further has missed nothing. A cursor of an unknown
 * incarnation comes from a log that was itself replaced by an older backup.
 *
 * @throws AppError CURSOR_INVALID for a cursor that names an incarnation although no backup was ever restored.
 */
export function resumeAfter({ sequence, incarnation }: LogPosition, forks: readonly Fork[]): Resumption {
  const newest = forks.at(-1)
  const place = incarnation === '' ? -1 : forks.findIndex((fork) => fork.incarnation === incarnation)
  const isKnown = incarnation === '' || place >= 0
  if (!newest) {
    if (isKnown) return { sequence, forked: false }
    throw foreignCursor()
  }
  const next = isKnown ? forks[place + 1] : newest
  if (!next || (isKnown && sequence <= next.after)) return { sequence, forked: false }
  return { sequence: next.after, forked: true }
}
