import type { Logger } from '../logger.ts'
import type { LogPosition } from './cursor.ts'
import type { EventRecord } from './kit.ts'
import type { LogReader } from './log.ts'
import type { PubSub } from './pubsub.ts'

/** What a follower of a feed is told. */
export type FeedItem = { kind: 'event'; event: EventRecord } | Gap
/** Events up to `sequence` are missing. */
export type Gap = { kind: 'gap'; cause: GapCause } & LogPosition
/** The events are too old, or a backup was restored that did not hold them. */
export type GapCause = 'TRIMMED' | 'RESTORED'

/** Where a follower goes on after the item. */
export const positionOf = (item: FeedItem): LogPosition => (item.kind === 'event' ? item.event : item)

const PAGE = 500
/** Events kept while a hole before them is being filled; beyond that the log is read again anyway. */
const WAITING_LIMIT = 5_000

type Dependencies = { log: LogReader; pubsub: PubSub; logger: Logger; heartbeatMs: number }

/**
 * One shop's log as this process follows it: listens first, then reads the log's head, then stays at the head. Events
 * leave it in order, each once; a hole is filled from the log, and so is whatever a lost wake-up kept from us.
 */
export class MerchantFeed {
  readonly merchantId: string
  readonly #deps: Dependencies
  readonly #followers = new Set<(items: FeedItem[]) => void>()
  #head = -1
  #incarnation: string | undefined
  #waiting = new Map<number, EventRecord>()
  #catchingUp: Promise<void> | undefined
  #again = false
  #stopped = false
  #stop: (() => void)[] = []
  #started: Promise<void> | undefined

  constructor(merchantId: string, deps: Dependencies) {
    this.merchantId = merchantId
    this.#deps = deps
  }

  /** Subscriptions that stand on this feed, backfilling or live. The feed is stopped when the last one leaves. */
  users = 0

  /** Sequence of the last event that left the feed. */
  get head(): number {
    return this.#head
  }

  /**
   * What the log is called that is followed; undefined until the feed has read it. A backup is restored only while no
   * process runs, so it stays the same.
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

  /** Follows from the head on. Call it in the same tick in which the follower has reached `head`. */
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
    this.#head = last
    const heartbeat = setInterval(() => void this.#catchUp(), heartbeatMs)
    heartbeat.unref()
    this.#untilStopped(() => clearInterval(heartbeat))
    this.#receive([])
  }

  #untilStopped(end: () => void): void {
    if (this.#stopped) end()
    else this.#stop.push(end)
  }

  /** What a wake-up brought is put aside until everything before it is there. */
  #receive(events: EventRecord[]): void {
    for (const event of events) {
      if (event.sequence > this.#head && this.#waiting.size < WAITING_LIMIT) this.#waiting.set(event.sequence, event)
    }
    if (this.#head < 0) return
    this.#tell(this.#ready())
    if (this.#waiting.size > 0) void this.#catchUp()
  }

  /** What the log has after the head. It has no hole but one: before its first event, where retention has been. */
  #take(events: EventRecord[]): void {
    const items: FeedItem[] = []
    for (const event of events) {
      if (event.sequence <= this.#head) continue
      if (event.sequence > this.#head + 1)
        items.push({ kind: 'gap', cause: 'TRIMMED', sequence: event.sequence - 1, incarnation: event.incarnation })
      this.#head = event.sequence
      items.push({ kind: 'event', event })
    }
    this.#tell([...items, ...this.#ready()])
  }

  /** Takes out of those put aside whatever directly follows the head. */
  #ready(): FeedItem[] {
    const items: FeedItem[] = []
    for (let next = this.#waiting.get(this.#head + 1); next; next = this.#waiting.get(this.#head + 1)) {
      this.#head = next.sequence
      items.push({ kind: 'event', event: next })
    }
    for (const sequence of this.#waiting.keys()) if (sequence <= this.#head) this.#waiting.delete(sequence)
    return items
  }

  #tell(items: FeedItem[]): void {
    if (items.length > 0) for (const follower of this.#followers) follower(items)
  }

  /** Reads from the log whatever lies beyond the head. One reader at a time; asked meanwhile, it reads once more. */
  #catchUp(): Promise<void> {
    if (this.#catchingUp) {
      this.#again = true
      return this.#catchingUp
    }
    // Before the head is known there is nothing to be behind of; once stopped, nobody to be told.
    if (this.#head < 0 || this.#stopped) return Promise.resolve()
    this.#catchingUp = (async () => {
      do {
        this.#again = false
        for (;;) {
          const events = await this.#deps.log.after(this.merchantId, this.#head, PAGE)
          this.#take(events)
          if (events.length < PAGE) break
        }
      } while (this.#again && !this.#stopped)
    })()
      // The database is away: the next wake-up or heartbeat tries again.
      .catch((error: unknown) => this.#deps.logger.debug({ err: error }, 'feed could not read the log'))
      .finally(() => {
        this.#catchingUp = undefined
      })
    return this.#catchingUp
  }
}
