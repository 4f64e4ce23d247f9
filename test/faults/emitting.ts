import { setTimeout as delay } from 'node:timers/promises'
import { systemActor } from '../../server/auth/actor.ts'
import type { AppContext } from '../../server/context.ts'
import { withTenant } from '../../server/unit-of-work/unit-of-work.ts'
import { botConnected } from '../../server/features/conversations/events.ts'

/** Commits `count` events at a rate of `perSecond`, each in a transaction of its own. */
export async function emitEvents(
  app: AppContext,
  merchantId: string,
  { count, perSecond }: { count: number; perSecond: number },
): Promise<void> {
  const commits: Promise<void>[] = []
  const startedAt = Date.now()
  for (let index = 0; index < count; index++) {
    const wait = startedAt + (index * 1_000) / perSecond - Date.now()
    if (wait > 0) await delay(wait)
    commits.push(withTenant(app, systemActor(merchantId), async ({ emit }) => emit(botConnected.draft(merchantId, {}))))
  }
  await Promise.all(commits)
}
