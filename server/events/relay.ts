import type { AppContext } from '../context.ts'
import { tenantStore } from '../db/tenant-pool.ts'
import { eventsAfter } from './log.ts'

const BATCH = 200

/**
 * Relays a merchant's log: publishes the events after the relay offset in order, schedules their jobs, then advances the
 * offset. The committing process has usually done so (`relayOnCommit`); the relay makes up for one that failed. If the process
 * dies in between, the events are relayed again: feeds drop repeats by sequence, queues by job id. The lock on the offset's
 * row serialises the relays of one merchant. Does nothing while the first event is younger than `minAgeMs`.
 *
 * Returns how many events were relayed.
 */
export async function relay(app: AppContext, merchantId: string, { minAgeMs = 0 } = {}): Promise<number> {
  let total = 0
  for (;;) {
    const count = await tenantStore.run({ merchantId }, () => relayBatch(app, merchantId, minAgeMs))
    total += count
    if (count < BATCH) return total
  }
}

async function relayBatch(app: AppContext, merchantId: string, minAgeMs: number): Promise<number> {
  const client = await app.database.pool.connect()
  let broken: Error | undefined
  try {
    // If a crash of the database loses the offset, events are relayed again; so the commit need not wait for the disk.
    await client.query('BEGIN')
    await client.query('SET LOCAL synchronous_commit = off')
    const offset = await client.query<{ relayed: number; now: Date }>({
      name: 'relay_offset',
      text: 'SELECT relayed::float8 AS relayed, clock_timestamp() AS now FROM event_relay FOR UPDATE',
    })
    const { relayed, now } = offset.rows[0] ?? { relayed: 0, now: new Date() }
    const page = await eventsAfter(client, relayed, BATCH)
    const isYoung = page[0] !== undefined && now.getTime() - Date.parse(page[0].occurredAt) < minAgeMs
    const events = isYoung ? [] : page
    const newest = events.at(-1)
    if (newest) {
      await app.pubsub.publish('events', merchantId, events)
      await app.queues.enqueue(...events.flatMap(app.events.reactionsTo))
      await client.query({
        name: 'relay_advance',
        text: 'UPDATE event_relay SET relayed = $1',
        values: [newest.sequence],
      })
    }
    await client.query('COMMIT')
    return events.length
  } catch (error) {
    // Redis being away says nothing about the connection; a rollback that fails does.
    await client.query('ROLLBACK').catch((failure: Error) => (broken = failure))
    throw error
  } finally {
    client.release(broken)
  }
}
