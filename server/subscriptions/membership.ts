import type { FeedItem, Gap } from '../events/feed.ts'
import type { EventStreams } from '../events/stream.ts'
import type { StreamRequest } from '../graphql/stream-field.ts'
import type { Group, Member } from './group.ts'
import { sendPayload, waitUntilDrained, type Sink } from './sink.ts'

/** Items of a backlog that are executed together. */
const AT_ONCE = 100

/**
 * One subscriber of a group. It joins in phases: `resume` finds its position, `follow` sends the backlog after it and goes live.
 * Thousands are live at a time, so each is one object, without closures.
 */
export class Membership implements Member {
  readonly #streams: EventStreams
  readonly #group: Group
  #gap: Gap | null = null
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
    for (let next = 0; next < wanted.length && !this.aborted; next += AT_ONCE)
      await this.#sendTogether(wanted.slice(next, next + AT_ONCE))
  }

  /** Begins to execute all items in one tick, in which they share what they read, and sends them in order. */
  async #sendTogether(items: readonly FeedItem[]): Promise<void> {
    const payloads = items.map((item) => this.#group.payload(item))
    // After the first failure nobody waits for the others.
    for (const payload of payloads) payload.catch(() => {})
    for (const payload of payloads) {
      if (this.aborted) return
      sendPayload(this.sink, await payload)
      await waitUntilDrained(this.sink)
    }
  }
}
