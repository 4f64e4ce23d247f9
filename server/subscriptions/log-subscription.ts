import type { Logger } from '../logger.ts'
import type { Membership } from './groups.ts'
import type { Sink, Transport } from './sink.ts'
import type { Place, Subscription } from './subscription.ts'

/** A subscription of the event log. Thousands are open at a time: it is one object, and nothing waits for its end. */
export class LogSubscription implements Subscription {
  readonly kind = 'log'
  transport: Transport | undefined
  readonly #membership: Membership
  readonly #place: Place
  readonly #logger: Logger

  constructor(membership: Membership, place: Place, logger: Logger) {
    this.#membership = membership
    this.#place = place
    this.#logger = logger
  }

  async run(sink: Sink): Promise<void> {
    this.transport = sink.transport
    this.#place.running.add(this)
    try {
      await this.#membership.follow(sink)
    } catch (error) {
      this.#logger.debug({ err: error }, 'events could not be read for a subscriber, who resumes')
      sink.end('UNREADABLE')
      this.stop()
    }
  }

  stop(): void {
    this.#place.running.delete(this)
    this.#place.slot[Symbol.dispose]()
    this.#membership.leave()
  }
}
