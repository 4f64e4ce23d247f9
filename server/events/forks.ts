import { foreignCursor, type LogPosition } from './cursor.ts'

/** A fork of a merchant's log: a backup was restored, and the log continued as another incarnation. */
export type Fork = {
  /** Incarnation of the log since the restore. */
  incarnation: string
  /** Sequence of the last event in the backup. */
  after: number
}

/** The position in the present log at which a reader resumes. */
export type Resumption = {
  sequence: number
  /** The reader has seen events that the log no longer has, and must refetch its state. */
  forked: boolean
}

/**
 * Finds the position at which a reader with this cursor resumes. `forks` are those of the merchant, the oldest first. Both
 * logs contain the events of the backup, so a reader that had not read beyond them has missed nothing. A cursor of an unknown
 * incarnation comes from a log that an older backup has replaced.
 *
 * @throws AppError CURSOR_INVALID for a cursor that names an incarnation although no backup was ever restored.
 */
export function resumeAfter({ sequence, incarnation }: LogPosition, forks: readonly Fork[]): Resumption {
  const newest = forks.at(-1)
  const index = incarnation === '' ? -1 : forks.findIndex((fork) => fork.incarnation === incarnation)
  const isKnown = incarnation === '' || index >= 0
  if (!newest) {
    if (isKnown) return { sequence, forked: false }
    throw foreignCursor()
  }
  const next = isKnown ? forks[index + 1] : newest
  if (!next || (isKnown && sequence <= next.after)) return { sequence, forked: false }
  return { sequence: next.after, forked: true }
}
