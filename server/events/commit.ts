import type { AppContext } from '../context.ts'
import type { EventRecord } from './kit.ts'

/** A transaction that wrote events, after it has committed. */
export type Commit = {
  merchantId: string
  /** As stored, in order. */
  events: EventRecord[]
  /** How many webhook endpoints the merchant has, so that merchants without one cost no dispatch. */
  webhookEndpointCount: number
}

/**
 * Called after each commit that wrote events. Best effort: a failure is logged, and the relay and the sweeps do later
 * what a listener failed to do.
 */
export type CommitListener = (commit: Commit) => void | Promise<void>

/** Opens a listener for one context. State of the listener, such as a debounce window, lives in its closure. */
export type OpenCommitListener = (app: AppContext) => CommitListener

/** Opens the listeners and returns the function that calls all of them; it never throws and waits for none. */
export function openCommitListeners(
  app: AppContext,
  listeners: readonly OpenCommitListener[],
): (commit: Commit) => void {
  const opened = listeners.map((open) => open(app))
  const call = async (listener: CommitListener, commit: Commit): Promise<void> => {
    try {
      await listener(commit)
    } catch (error) {
      app.logger.debug({ err: error }, 'a commit listener failed; the relay and the sweeps make up for it')
    }
  }
  return (commit) => opened.forEach((listener) => void call(listener, commit))
}
