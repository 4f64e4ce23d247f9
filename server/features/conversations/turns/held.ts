import { heldByRestore } from '../../merchants/restore-hold.ts'
import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'

/** Skips pending turns of the bot that a restored backup holds; returns how many. */
export const skipHeldTurns = ({ tx }: UnitOfWork): Promise<number> =>
  tx.$executeRawUnsafe(
    `UPDATE bot_turn t SET status = 'SKIPPED' WHERE t.status = 'PENDING' AND ${heldByRestore('t.created_at')}`,
  )
