import type { ExecutionResult } from 'graphql'
import { positionOf, type FeedItem } from '../events/feed.ts'
import type { EventStreams } from '../events/stream.ts'
import type { StreamRequest } from '../graphql/stream-field.ts'
import { cachePayloads } from './payloads.ts'
import { sendPayloads, type Sink } from './sink.ts'

/** Executes the operation for one item, once for the whole group. */
export type Execute = (item: FeedItem) => ExecutionResult | Promise<ExecutionResult>

/** A live subscriber of a group. */
export type Member = {
  readonly sink: Sink
  /** Sequence of the last event the subscriber has seen, perhaps at a node that was ahead of this one. */
  readonly after: number
}

type GroupOptions = {
  streams: EventStreams
  request: Pick<StreamRequest, 'merchantId' | 'wants'>
  execute: Execute
  /** Called when nobody may join the group any more: its last subscriber has left, or it has failed. */
  onEnd: () => void
}

/** An item on its way to the members; items that the operation does not want have no payload. */
type Entry = { sequence: number; payload: Buffer | null; state: 'executing' | 'ready' | 'failed' }

/**
 * Subscribers with the same payloads: each event is executed and serialised once, and the same bytes go to every sink,
 * whatever its transport. Executions of several events overlap; their payloads are sent in order.
 */
export class Group {
  readonly members = new Set<Member>()
  /** Sequence up to which members have been sent events. */
  position = -1
  /** An event could not be sent, so no later event may be. */
  failed = false
  /** Rejects with AppError UNAVAILABLE when the log cannot be followed. */
  readonly started: Promise<void>
  /** The payload of an item, for members who catch up too. */
  readonly payload: (item: FeedItem) => Promise<Buffer>
  readonly #options: GroupOptions
  /** Subscribers, backfilling or live. */
  #users = 0
  #queue: Entry[] = []
  #willSend = false
  #unfollow = (): void => {}

  constructor(options: GroupOptions) {
    this.#options = options
    // Backlogs are long, so an event takes no promise that it does not need.
    this.payload = cachePayloads((item) => {
      const result = options.execute(item)
      return result instanceof Promise ? result.then(serialise) : serialise(result)
    })
    this.started = this.#follow()
    this.started.catch(options.onEnd)
  }

  enter(): void {
    this.#users++
  }

  leave(): void {
    if (--this.#users === 0) this.#end()
  }

  get merchantId(): string {
    return this.#options.request.merchantId
  }

  wants(item: FeedItem): boolean {
    return this.#options.request.wants(item)
  }

  async #follow(): Promise<void> {
    const { streams, request } = this.#options
    const lease = await streams.follow(request.merchantId, (items) => items.forEach((item) => this.#receive(item)))
    this.position = Math.max(this.position, lease.from)
    this.#unfollow = lease.stop
  }

  #receive(item: FeedItem): void {
    const entry: Entry = { sequence: positionOf(item).sequence, payload: null, state: 'ready' }
    this.#queue.push(entry)
    if (this.wants(item)) void this.#execute(item, entry)
    else this.#sendSoon()
  }

  async #execute(item: FeedItem, entry: Entry): Promise<void> {
    entry.state = 'executing'
    try {
      entry.payload = await this.payload(item)
      entry.state = 'ready'
    } catch {
      entry.state = 'failed'
    }
    this.#sendSoon()
  }

  /** Sends at the end of this turn of the event loop, so that all payloads of the turn reach a socket in one write. */
  #sendSoon(): void {
    if (this.#willSend) return
    this.#willSend = true
    setImmediate(() => {
      this.#willSend = false
      if (!this.failed) this.#sendReady()
    })
  }

  #sendReady(): void {
    const pending = this.#queue.findIndex(({ state }) => state !== 'ready')
    const ready = this.#queue.splice(0, pending < 0 ? this.#queue.length : pending)
    const { position } = this
    const payloads = payloadsAfter(ready, position)
    if (payloads.length > 0)
      for (const { sink, after } of this.members)
        sendPayloads(sink, after > position ? payloadsAfter(ready, after) : payloads)
    this.position = ready.at(-1)?.sequence ?? position
    if (this.#queue[0]?.state === 'failed') this.#fail()
  }

  /** Subscribers resume from their cursors in a new group; those still backfilling notice when they go live. */
  #fail(): void {
    this.failed = true
    this.#end()
    for (const { sink } of this.members) sink.end('UNREADABLE')
  }

  #end(): void {
    this.#unfollow()
    this.#options.onEnd()
  }
}

function payloadsAfter(entries: readonly Entry[], after: number): Buffer[] {
  return entries.flatMap(({ sequence, payload }) => (payload && sequence > after ? [payload] : []))
}

/** @throws when the result holds a transient error: an event may come late, but not incomplete. */
function serialise(result: ExecutionResult): Buffer {
  const passing = result.errors?.find(
    (error) => error.extensions.code === 'UNAVAILABLE' || error.extensions.code === 'INTERNAL',
  )
  if (passing) throw passing
  return Buffer.from(JSON.stringify(result))
}
