import type { Sink, Transport } from './sink.ts'

/** An accepted subscription. */
export type Subscription = {
  /** A subscription of the log goes on until it is stopped; another one may complete by itself. */
  readonly kind: 'log' | 'other'
  /** The transport, from `run` on. */
  readonly transport: Transport | undefined
  /**
   * Sends payloads to `sink`. Resolves when a subscription of the log is live, and when another one is complete or stopped.
   * A subscription of the log whose events cannot be read ends the sink, so that its client resumes.
   *
   * @throws the error to send to the peer when a subscription of another kind fails.
   */
  run: (sink: Sink) => Promise<void>
  /** Ends the subscription and releases its slot; a second call does nothing. */
  stop: () => void
}

/** The slot of a subscription, and the set of those that run. */
export type Place = { slot: Disposable; running: Set<Subscription> }
