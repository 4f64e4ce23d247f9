import { WORK, type Work, WORK_KINDS, type WorkKind } from './work.ts'

/** A request for a connection. An empty `merchantId` stands for work across merchants, which no merchant's limit counts. */
export type Claim = Work & { readonly merchantId: string }

export type GateStats = Record<WorkKind, { inUse: number; waiting: number; refused: number }>

/** No connection became free in time, or too much work waits for one already. The work was not started. */
export class BusyError extends Error {
  readonly code = 'BUSY'
  constructor(why: string) {
    super(why)
    this.name = 'BusyError'
  }
}

/** The largest share of the pool that one merchant may hold, over all kinds of work. */
const MERCHANT_SHARE = 0.75
/** Pool size from which one connection is reserved for readiness checks. */
const RESERVED_FROM = 4

/** The counters that a claim increments, each with its maximum. */
type Bounds = readonly [counted: string, atMost: number][]
type Waiter = { claim: Claim; bounds: Bounds; enter: () => void; timer: NodeJS.Timeout }

/**
 * Limits the connections of each merchant, concurrency group and kind of work, so that none takes the whole pool. Work over
 * its limit waits here without a connection. Merchants are served round robin, the work of one merchant first in, first out.
 */
export class ConnectionGate {
  readonly #size: number
  readonly #held = new Map<string, number>()
  readonly #refused = new Map<WorkKind, number>()
  /** Waiting claims by merchant, in the order of the round robin: the merchant served last is last. */
  readonly #waiting = new Map<string, Waiter[]>()

  constructor(size: number) {
    this.#size = size
  }

  /**
   * Resolves when the work may take a connection, with a function to call once the connection is returned.
   *
   * @throws BusyError
   */
  enter(claim: Claim): Promise<() => void> {
    const bounds = this.#bounds(claim)
    // Every waiting claim exceeds its own limits, so this one overtakes none of them.
    if (this.#fits(bounds)) return Promise.resolve(this.#hold(bounds))
    const { waitMs, waiting } = WORK[claim.kind]
    const ofMerchant = this.#waiting.get(claim.merchantId) ?? []
    if (claim.merchantId && ofMerchant.filter((one) => one.claim.kind === claim.kind).length >= waiting)
      return Promise.reject(
        this.#refuse(claim, `${waiting} pieces of work of this kind already wait for a connection.`),
      )
    return new Promise((done, fail) => {
      const waiter: Waiter = {
        claim,
        bounds,
        enter: () => done(this.#hold(bounds)),
        timer: setTimeout(() => {
          this.#remove(waiter)
          fail(this.#refuse(claim, `No connection became free within ${waitMs} ms.`))
        }, waitMs),
      }
      ofMerchant.push(waiter)
      this.#waiting.set(claim.merchantId, ofMerchant)
    })
  }

  stats(): GateStats {
    const waiters = [...this.#waiting.values()].flat()
    const of = (kind: WorkKind) => ({
      inUse: this.#held.get(`kind ${kind}`) ?? 0,
      waiting: waiters.filter(({ claim }) => claim.kind === kind).length,
      refused: this.#refused.get(kind) ?? 0,
    })
    return Object.fromEntries(WORK_KINDS.map((kind) => [kind, of(kind)])) as GateStats
  }

  #bounds({ merchantId, kind, group }: Claim): Bounds {
    const { share, merchantShare } = WORK[kind]
    const connections = (part: number) => Math.max(1, Math.floor(this.#size * part))
    const reserved = kind !== 'readiness' && this.#size >= RESERVED_FROM ? 1 : 0
    const bounds: [string, number][] = [
      ['all', this.#size - reserved],
      [`kind ${kind}`, connections(share)],
    ]
    if (!merchantId) return bounds
    bounds.push(
      [`merchant ${merchantId}`, connections(MERCHANT_SHARE)],
      [`${kind} ${merchantId}`, connections(merchantShare)],
    )
    if (group) bounds.push([`group ${merchantId} ${group}`, 1])
    return bounds
  }

  #fits(bounds: Bounds): boolean {
    return bounds.every(([counted, atMost]) => (this.#held.get(counted) ?? 0) < atMost)
  }

  #hold(bounds: Bounds): () => void {
    for (const [name] of bounds) this.#held.set(name, (this.#held.get(name) ?? 0) + 1)
    return () => {
      for (const [name] of bounds) {
        const left = (this.#held.get(name) ?? 1) - 1
        if (left > 0) this.#held.set(name, left)
        else this.#held.delete(name)
      }
      while (this.#admit());
    }
  }

  /**
   * Admits the next waiting claim; returns whether there was one. One returned connection can admit several: it frees a
   * slot of its merchant and another of its kind of work.
   */
  #admit(): boolean {
    for (const [merchantId, waiters] of this.#waiting) {
      const next = waiters.find(({ bounds }) => this.#fits(bounds))
      if (!next) continue
      this.#remove(next)
      const rest = this.#waiting.get(merchantId)
      if (rest) {
        this.#waiting.delete(merchantId)
        this.#waiting.set(merchantId, rest)
      }
      next.enter()
      return true
    }
    return false
  }

  #remove(waiter: Waiter): void {
    clearTimeout(waiter.timer)
    const { merchantId } = waiter.claim
    const rest = (this.#waiting.get(merchantId) ?? []).filter((one) => one !== waiter)
    if (rest.length > 0) this.#waiting.set(merchantId, rest)
    else this.#waiting.delete(merchantId)
  }

  #refuse({ kind }: Claim, why: string): BusyError {
    this.#refused.set(kind, (this.#refused.get(kind) ?? 0) + 1)
    return new BusyError(why)
  }
}
