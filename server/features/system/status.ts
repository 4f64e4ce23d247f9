import { Repeater } from 'graphql-yoga'
import type { AppContext } from '../../context.ts'

/** What of the installation concerns a shop. */
export type SystemStatus = { liveUpdatesDelayed: boolean; sendingDelayed: boolean }

/** How this process finds the installation. Signals and jobs both travel through Redis, where it is used. */
export function systemStatus({ redisHealth }: Pick<AppContext, 'redisHealth'>): SystemStatus {
  const failing = redisHealth?.current().state === 'failing'
  return { liveUpdatesDelayed: failing, sendingDelayed: failing }
}

/** The status now, and whenever it changes. */
export function watchSystemStatus(app: Pick<AppContext, 'redisHealth'>): AsyncIterable<SystemStatus> {
  return new Repeater<SystemStatus>(async (push, stop) => {
    let told = systemStatus(app)
    const unsubscribe = app.redisHealth?.onChange(() => {
      const now = systemStatus(app)
      if (now.sendingDelayed === told.sendingDelayed) return
      told = now
      // A reader too slow for the last news gets the next.
      push(now).catch(() => {})
    })
    push(told).catch(() => {})
    await stop
    unsubscribe?.()
  })
}
