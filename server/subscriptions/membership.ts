import type { FeedItem, Gap } from '../events/feed.ts'
import type { EventStreams } from '../events/stream.ts'
import type { StreamRequest } from '../graphql/stream-field.ts'
import type { Group, Member } from './group.ts'
import { sendPayloads, waitUntilDrained, type Sink } from './sink.ts'

/**
 * Items of a backlog that are executed together: few at first, then as many as their payloads' size allows. The more there are,
 * the fewer statements they take; the fewer bytes, the less memory, and the less time in which nobody else is served.
 */
const AT_ONCE = { first: 100, least: 10, most: 500, bytes: 256 * 1024 }
/** Bytes of payloads that are written together. */
const WRITE_BYTES = 64 * 1024

/**
 * One subscriber of a group. It joins in phases: `resume` finds its position, `follow` sends the backlog after it and goes live.
 * Thousands are live at a time, so each is one object, without closures.
 */
export class Membership implements Member {
  readonly #streams: EventStreams
  readonly #group: Group
  #gap: Gap | null = null
  #atOnce = AT_ONCE.first
  /** The sink, from `follow` on. */
  sink!: Sink
  /** Sequence of the last event the subscriber has seen. */
  after = -1
  /** Whether the subscriber has left. The backfill stops by it. */
  aborted = false

  constructor(streams: EventStreams, group: Group) {
    this.#streams = streams
    this.#group = group
    group.enter()
  }

  /**
   * Finds the position after which the subscriber goes on.
   *
   * @throws AppError CURSOR_INVALID for a cursor beyond the end of the log, UNAVAILABLE when the log cannot be followed.
   */
  async resume({ merchantId, after }: Pick<StreamRequest, 'merchantId' | 'after'>): Promise<void> {
    const group = this.#group
    await group.started
    this.after = group.position
    if (!after) return
    const { sequence, gap } = await this.#streams.resume(merchantId, after)
    this.after = sequence
    this.#gap = gap
    // A cursor ahead of this node is checked now, while the subscription can still be refused.
    if (sequence > group.position) await this.#backfill()
  }

  /** Sends the backlog after the subscriber's cursor, then live events with the group. Resolves once it is live. */
  async follow(sink: Sink): Promise<void> {
    const group = this.#group
    this.sink = sink
    if (this.#gap) await this.#send([this.#gap])
    this.#gap = null
    // The group may have moved on between the backfill's last look and this tick.
    while (this.after < group.position && !this.aborted) this.after = await this.#backfill()
    if (group.failed) throw new Error('The group ended while a subscriber was on its way to it')
    // Nothing was awaited since the group's position was reached: no event can fall in between.
    if (!this.aborted) group.members.add(this)
  }

  /** Leaves the group; a second call must not count another subscriber out of it. */
  leave(): void {
    if (this.aborted) return
    this.aborted = true
    this.#group.members.delete(this)
    this.#group.leave()
  }

  /** Reads the log up to the group's position; returns the sequence it reached. */
  #backfill(): Promise<number> {
    const group = this.#group
    return this.#streams.backfill({
      merchantId: group.merchantId,
      after: this.after,
      upTo: () => group.position,
      signal: this,
      deliver: (items) => this.#send(items),
    })
  }

  async #send(items: readonly FeedItem[]): Promise<void> {
    const wanted = items.filter((item) => this.#group.wants(item))
    for (let next = 0; next < wanted.length && !this.aborted;) {
      const items = wanted.slice(next, next + this.#atOnce)
      next += items.length
      const bytes = await this.#sendTogether(items)
      const fitting = Math.floor((AT_ONCE.bytes * items.length) / bytes)
      this.#atOnce = Math.min(Math.max(fitting, AT_ONCE.least), AT_ONCE.most)
    }
  }

  /** Begins to execute all items in one tick, in which they share what they read, and sends them in order. Returns their bytes. */
  async #sendTogether(items: readonly FeedItem[]): Promise<number> {
    const payloads = items.map((item) => this.#group.payload(item))
    let ready: Buffer[] = []
    let [bytes, written] = [0, 0]
    try {
      for (const payload of payloads) {
        const json = await payload
        ready.push(json)
        bytes += json.length
        if (bytes - written < WRITE_BYTES) continue
        await this.#write(ready)
        ready = []
        written = bytes
      }
    } finally {
      await this.#write(ready)
    }
    return bytes
  }

  async #write(payloads: readonly Buffer[]): Promise<void> {
    if (this.aborted) return
    sendPayloads(this.sink, payloads)
    await waitUntilDrained(this.sink)
  }
}
