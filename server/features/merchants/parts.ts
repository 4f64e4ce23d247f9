import type { AppContext } from '../../context.ts'
import { lookUpMerchants } from './lookups.ts'

/**
 * Parts into which shops are divided, one for each hour, because every shop costs statements, however idle it is. Not 24: each
 * part then comes at another time every day, so that an installation that rests at the same hour daily misses no part for good.
 */
export const PARTS = 25
/** Shops that are cleaned up every hour. From here on an installation is large enough to run around the clock. */
const FEW = 500

/** The part of the shops that is cleaned up in the hour of `now`, from 0. */
export const partOf = (now: Date): number => Math.floor(now.getTime() / 3_600_000) % PARTS

export type PartOptions = { part?: number; few?: number }

/** All merchants; with `part`, when they are more than `few`, those of that part. */
export async function merchantsOfPart(app: AppContext, { part, few = FEW }: PartOptions): Promise<string[]> {
  const merchants = await lookUpMerchants(app)
  if (part === undefined || merchants.length <= few) return merchants
  return merchants.filter((id) => Number(`0x${id.slice(-6)}`) % PARTS === part)
}
