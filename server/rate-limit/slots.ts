import { actorLabel, type Actor } from '../auth/actor.ts'
import type { AppError } from '../errors.ts'

/** Concurrency limits of one process. */
export type SlotBounds = {
  total: number
  perMerchant: number
  /** For one member of staff over all their sessions, for one API key, or for one bot. */
  perCaller: number
}

/** Limits of open connections from the limit of one caller: five times for a shop, fifty times for the process. */
export const connectionBounds = (perCaller: number): SlotBounds => ({
  perCaller,
  perMerchant: 5 * perCaller,
  total: 50 * perCaller,
})

export type SlotScope = 'caller' | 'merchant' | 'total'

/** The beginning of a refusal, naming the holder of too many. */
export const HOLDER_PHRASES: Record<SlotScope, string> = {
  caller: 'You hold',
  merchant: 'The shop holds',
  total: 'This node holds',
}

type Scope = [scope: SlotScope, key: string, bound: number]

export type Slots = {
  /**
   * Takes a slot; disposing it releases the slot.
   *
   * @throws AppError when the caller, its shop or the process has no free slot.
   */
  take: (actor: Actor) => Disposable
}

/** Divides the slots of one process among shops and callers, so that none of them takes all. */
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
  /** Many slots of one actor share the same few objects. */
  const scopesByActor = new WeakMap<Actor, readonly Scope[]>()
  const scopesOf = (actor: Actor): readonly Scope[] => {
    const known = scopesByActor.get(actor)
    if (known) return known
    const scopes: Scope[] = [
      ['caller', `caller ${callerKey(actor)}`, perCaller],
      // A bot between turns acts for no shop.
      ...(actor.merchantId ? [['merchant', `merchant ${actor.merchantId}`, perMerchant] as Scope] : []),
      ['total', 'all', total],
    ]
    scopesByActor.set(actor, scopes)
    return scopes
  }
  const release = (scopes: readonly Scope[]): void => {
    for (const [, key] of scopes) count(key, -1)
  }
  return {
    take: (actor) => {
      const scopes = scopesOf(actor)
      for (const [scope, key, bound] of scopes) if ((taken.get(key) ?? 0) >= bound) throw refusal(scope, bound)
      for (const [, key] of scopes) count(key, 1)
      return new Slot(scopes, release)
    },
  }
}

/** A slot that is held until it is disposed; thousands are held at a time. */
class Slot implements Disposable {
  #scopes: readonly Scope[]
  readonly #release: (scopes: readonly Scope[]) => void

  constructor(scopes: readonly Scope[], release: (scopes: readonly Scope[]) => void) {
    this.#scopes = scopes
    this.#release = release
  }

  [Symbol.dispose](): void {
    this.#release(this.#scopes)
    this.#scopes = []
  }
}

const callerKey = (actor: Actor): string =>
  actor.kind === 'IDLE_BOT' ? `BOT:${actor.keyId}` : `${actor.merchantId} ${actorLabel(actor)}`
