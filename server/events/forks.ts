import { foreignCursor, type LogPosition } from './cursor.ts'

/** Where a shop's log went on anew because a backup was restored. */
export type Fork = {
  /** What the log is called since. */
  incarnation: string
  /** Sequence of the last event that the backup held. */
  after: number
}

/** Where a reader goes on, in the log as it is now. */
export type Resumption = {
  sequence: number
  /** The reader has seen events that the log no longer has: it must read again what it keeps. */
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
