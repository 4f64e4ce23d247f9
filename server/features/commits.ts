import type { OpenCommitListener } from '../events/commit.ts'
import { relayOnCommit } from '../events/on-commit.ts'
import { wakeBots } from './conversations/turns/signals.ts'
import { LAGGING_ENDPOINT } from './webhooks/deliveries/dispatch.ts'
import { scheduleDispatch } from './webhooks/on-commit.ts'

/** Everything that starts at once after a commit. The sweeps do it later when it is lost. */
export const commitListeners: readonly OpenCommitListener[] = [
  relayOnCommit({ lagging: LAGGING_ENDPOINT }),
  wakeBots,
  scheduleDispatch,
]
