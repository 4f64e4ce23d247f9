import { AppError } from '../errors.ts'

/** A position in a merchant's log. Sequences of different incarnations are not comparable, because a backup was restored in between. */
export type LogPosition = {
  /** Sequence of the last event before the position. */
  sequence: number
  /** Empty until a backup is restored for the first time, and in cursors that are older than incarnations. */
  incarnation: string
}

/** Encodes a position as an opaque text, so that clients do not calculate with sequences. */
export const encodeCursor = (sequence: number, incarnation = ''): string =>
  Buffer.from(incarnation ? `e${sequence}.${incarnation}` : `e${sequence}`).toString('base64url')

/** @throws AppError CURSOR_INVALID when `cursor` was not made by encodeCursor. */
export function decodeCursor(cursor: string): LogPosition {
  const text = cursor.length <= 64 ? Buffer.from(cursor, 'base64url').toString() : ''
  const [, digits, incarnation = ''] = /^e(\d{1,16})(?:\.([a-z0-9]{8}))?$/.exec(text) ?? []
  const sequence = Number(digits)
  if (!Number.isSafeInteger(sequence)) throw foreignCursor()
  return { sequence, incarnation }
}

export const foreignCursor = (): AppError =>
  new AppError('CURSOR_INVALID', 'The event cursor was not made by this server; start again without one.')
