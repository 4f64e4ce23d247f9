import type { OpenCommitListener } from '../events/commit.ts'
import { publishEvents, scheduleReactions, scheduleRelay } from '../events/on-commit.ts'
import { wakeBots } from './conversations/turns/signals.ts'
import { scheduleDispatch } from './webhooks/on-commit.ts'

/** Everything that starts at once after a commit. The relay and the sweeps do it later when it is lost. */
export const commitListeners: readonly OpenCommitListener[] = [
  publishEvents,
  wakeBots,
  scheduleReactions,
  scheduleRelay,
  scheduleDispatch,
]
