import { Repeater } from 'graphql-yoga'
import type { AppContext } from '../../context.ts'

/** The status of the installation, as far as a shop notices it. */
export type SystemStatus = { liveUpdatesDelayed: boolean; sendingDelayed: boolean }

/** The status as this process sees it: signals and jobs both depend on Redis, where it is used. */
export function systemStatus({ redisHealth }: Pick<AppContext, 'redisHealth'>): SystemStatus {
  const failing = redisHealth?.current().state === 'failing'
  return { liveUpdatesDelayed: failing, sendingDelayed: failing }
}

/** The present status, then each change. */
export function watchSystemStatus(app: Pick<AppContext, 'redisHealth'>): AsyncIterable<SystemStatus> {
  return new Repeater<SystemStatus>(async (push, stop) => {
    let told = systemStatus(app)
    const unsubscribe = app.redisHealth?.onChange(() => {
      const now = systemStatus(app)
      if (now.sendingDelayed === told.sendingDelayed) return
      told = now
      // A slow reader skips to the next status.
      push(now).catch(() => {})
    })
    push(told).catch(() => {})
    await stop
    unsubscribe?.()
  })
}
