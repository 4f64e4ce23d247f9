import { AppError } from '../errors.ts'

/** A position in a shop's log, written so that nobody mistakes it for a number to calculate with. */
export const encodeCursor = (sequence: number): string => Buffer.from(`e${sequence}`).toString('base64url')

/** @throws AppError CURSOR_INVALID when `cursor` was not made by encodeCursor. */
export function decodeCursor(cursor: string): number {
  const match = cursor.length <= 64 ? /^e(\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString()) : null
  const sequence = match ? Number(match[1]) : Number.NaN
  if (!Number.isSafeInteger(sequence)) {
    throw new AppError('CURSOR_INVALID', 'The event cursor was not made by this server; start again without one.')
  }
  return sequence
}
