import type { Logger } from '../logger.ts'
import type { LogPosition } from './cursor.ts'
import type { EventRecord } from './kit.ts'
import type { LogReader } from './log.ts'
import type { PubSub } from './pubsub.ts'

/** An item that a feed delivers to its followers. */
export type FeedItem = { kind: 'event'; event: EventRecord } | Gap
/** Events up to `sequence` are missing. */
export type Gap = { kind: 'gap'; cause: GapCause } & LogPosition
/** TRIMMED: retention has removed the events. RESTORED: a backup was restored that does not contain them. */
export type GapCause = 'TRIMMED' | 'RESTORED'

/** The position after the item. */
export const positionOf = (item: FeedItem): LogPosition => (item.kind === 'event' ? item.event : item)

const PAGE = 500
/** Events buffered while a hole before them is filled. Further ones are dropped and read from the log. */
const WAITING_LIMIT = 5_000

type Dependencies = { log: LogReader; pubsub: PubSub; logger: Logger; heartbeatMs: number }

/**
 * Follows one merchant's log in this process: it subscribes first, then reads the last sequence, then delivers every event
 * after it, in order and once. Holes, and events whose signal was lost, are read from the log.
 */
export class MerchantFeed {
  readonly merchantId: string
  readonly #deps: Dependencies
  readonly #followers = new Set<(items: FeedItem[]) => void>()
  #lastSequence = -1
  #incarnation: string | undefined
  #waiting = new Map<number, EventRecord>()
  #catchingUp: Promise<void> | undefined
  #readOnceMore = false
  #stopped = false
  #stop: (() => void)[] = []
  #started: Promise<void> | undefined

  constructor(merchantId: string, deps: Dependencies) {
    this.merchantId = merchantId
    this.#deps = deps
  }

  /** Number of subscriptions, backfilling or live. The feed stops when the last one leaves. */
  users = 0

  /** Sequence of the last event that was delivered. */
  get lastSequence(): number {
    return this.#lastSequence
  }

  /**
   * Incarnation of the followed log; undefined until the feed has read it. It does not change: a backup is restored only
   * while no process runs.
   */
  get incarnation(): string | undefined {
    return this.#incarnation
  }

  start(): Promise<void> {
    this.#started ??= this.#listen()
    return this.#started
  }

  stop(): void {
    this.#stopped = true
    for (const end of this.#stop.splice(0)) end()
  }

  /** Delivers every event after `lastSequence`. Call it in the tick in which the follower has reached that sequence. */
  follow(follower: (items: FeedItem[]) => void): () => void {
    this.#followers.add(follower)
    return () => void this.#followers.delete(follower)
  }

  async #listen(): Promise<void> {
    const { pubsub, log, heartbeatMs } = this.#deps
    this.#untilStopped(await pubsub.subscribe('events', this.merchantId, (events) => this.#receive(events)))
    this.#untilStopped(pubsub.onReconnect(() => void this.#catchUp()))
    const { last, incarnation } = await log.bounds(this.merchantId)
    this.#incarnation = incarnation
    this.#lastSequence = last
    const heartbeat = setInterval(() => void this.#catchUp(), heartbeatMs)
    heartbeat.unref()
    this.#untilStopped(() => clearInterval(heartbeat))
    this.#receive([])
  }

  #untilStopped(end: () => void): void {
    if (this.#stopped) end()
    else this.#stop.push(end)
  }

  /** Buffers published events until every event before them has arrived. */
  #receive(events: EventRecord[]): void {
    for (const event of events) {
      if (event.sequence > this.#lastSequence && this.#waiting.size < WAITING_LIMIT)
        this.#waiting.set(event.sequence, event)
    }
    if (this.#lastSequence < 0) return
    this.#deliver(this.#takeConsecutive())
    if (this.#waiting.size > 0) void this.#catchUp()
  }

  /** Delivers a page that was read after the last sequence. Only before its first event can it have a hole, left by retention. */
  #addPage(events: EventRecord[]): void {
    const items: FeedItem[] = []
    for (const event of events) {
      if (event.sequence <= this.#lastSequence) continue
      if (event.sequence > this.#lastSequence + 1)
        items.push({ kind: 'gap', cause: 'TRIMMED', sequence: event.sequence - 1, incarnation: event.incarnation })
      this.#lastSequence = event.sequence
      items.push({ kind: 'event', event })
    }
    this.#deliver([...items, ...this.#takeConsecutive()])
  }

  /** Takes from the buffer the events that directly follow the last sequence. */
  #takeConsecutive(): FeedItem[] {
    const items: FeedItem[] = []
    for (let next = this.#waiting.get(this.#lastSequence + 1); next; next = this.#waiting.get(this.#lastSequence + 1)) {
      this.#lastSequence = next.sequence
      items.push({ kind: 'event', event: next })
    }
    for (const sequence of this.#waiting.keys()) if (sequence <= this.#lastSequence) this.#waiting.delete(sequence)
    return items
  }

  #deliver(items: FeedItem[]): void {
    if (items.length > 0) for (const follower of this.#followers) follower(items)
  }

  /** Reads the events after the last sequence from the log. One read at a time; a call meanwhile makes it read once more. */
  #catchUp(): Promise<void> {
    if (this.#catchingUp) {
      this.#readOnceMore = true
      return this.#catchingUp
    }
    // Nothing can be missing before the last sequence is known, and nothing is delivered after the stop.
    if (this.#lastSequence < 0 || this.#stopped) return Promise.resolve()
    this.#catchingUp = (async () => {
      do {
        this.#readOnceMore = false
        for (;;) {
          const events = await this.#deps.log.after(this.merchantId, this.#lastSequence, PAGE)
          this.#addPage(events)
          if (events.length < PAGE) break
        }
      } while (this.#readOnceMore && !this.#stopped)
    })()
      // The database is unreachable: the next signal or heartbeat reads again.
      .catch((error: unknown) => this.#deps.logger.debug({ err: error }, 'feed could not read the log'))
      .finally(() => {
        this.#catchingUp = undefined
      })
    return this.#catchingUp
  }
}
