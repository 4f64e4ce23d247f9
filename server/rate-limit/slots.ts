import { actorLabel, type Actor } from '../auth/actor.ts'
import type { AppError } from '../errors.ts'

/** How much of something one process holds at the same time. */
export type SlotBounds = {
  total: number
  perMerchant: number
  /** By one member of staff, over all their sessions, by one key, or by one bot. */
  perCaller: number
}

/** Bounds of what callers keep open, by what one of them may: a shop has several, a process many shops. */
export const standingBounds = (perCaller: number): SlotBounds => ({
  perCaller,
  perMerchant: 5 * perCaller,
  total: 50 * perCaller,
})

export type SlotScope = 'caller' | 'merchant' | 'total'

/** How a refusal begins that names who holds too much. */
export const HOLDERS: Record<SlotScope, string> = {
  caller: 'You hold',
  merchant: 'The shop holds',
  total: 'This node holds',
}

export type Slots = {
  /**
   * Takes a slot, given back by disposing it.
   *
   * @throws AppError when the caller, its shop or the process has none left.
   */
  take: (actor: Actor) => Disposable
}

/** Shares what one process can hold among shops and callers, so that none of them uses up what others need. */
export function createSlots(
  { total, perMerchant, perCaller }: SlotBounds,
  refusal: (full: SlotScope, bound: number) => AppError,
): Slots {
  const taken = new Map<string, number>()
  const count = (key: string, change: 1 | -1): void => {
    const now = (taken.get(key) ?? 0) + change
    if (now === 0) taken.delete(key)
    else taken.set(key, now)
  }
  return {
    take: (actor) => {
      const scopes: [SlotScope, string, number][] = [
        ['caller', `caller ${callerKey(actor)}`, perCaller],
        // A bot between its turns belongs to no shop.
        ...(actor.merchantId
          ? [['merchant', `merchant ${actor.merchantId}`, perMerchant] as [SlotScope, string, number]]
          : []),
        ['total', 'all', total],
      ]
      for (const [scope, key, bound] of scopes) if ((taken.get(key) ?? 0) >= bound) throw refusal(scope, bound)
      for (const [, key] of scopes) count(key, 1)
      let held = true
      return {
        [Symbol.dispose]: () => {
          if (held) for (const [, key] of scopes) count(key, -1)
          held = false
        },
      }
    },
  }
}

const callerKey = (actor: Actor): string =>
  actor.kind === 'IDLE_BOT' ? `BOT:${actor.keyId}` : `${actor.merchantId} ${actorLabel(actor)}`
