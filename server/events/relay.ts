import type { AppContext } from '../context.ts'
import { tenantStore } from '../db/tenant-pool.ts'
import { eventsAfter } from './log.ts'

const BATCH = 200

/**
 * Relays a shop's log: publishes events to live screens in order and schedules the jobs they call for, in case what was
 * told at the commit was lost, then moves the mark.
 * Should the process die in between, the same events are relayed again: screens drop the repeat by its sequence and
 * jobs by their id. The mark's row lock keeps relays of one shop in single file.
 *
 * Returns how many events were relayed.
 */
export async function relay(app: AppContext, merchantId: string): Promise<number> {
  let total = 0
  for (;;) {
    const count = await tenantStore.run({ merchantId }, () => relayBatch(app, merchantId))
    total += count
    if (count < BATCH) return total
  }
}

async function relayBatch(app: AppContext, merchantId: string): Promise<number> {
  const client = await app.database.pool.connect()
  let broken: Error | undefined
  try {
    // The mark may be lost in a crash of the database: what it stood for is relayed again. So nobody waits for the disk.
    await client.query('BEGIN')
    await client.query('SET LOCAL synchronous_commit = off')
    const mark = await client.query<{ relayed: number }>({
      name: 'relay_mark',
      text: 'SELECT relayed::float8 AS relayed FROM event_relay FOR UPDATE',
    })
    const relayed = mark.rows[0]?.relayed ?? 0
    const events = await eventsAfter(client, relayed, BATCH)
    const newest = events.at(-1)
    if (newest) {
      await app.pubsub.publish('events', merchantId, events)
      await app.queues.enqueue(...events.flatMap(app.events.reactionsTo))
      await client.query({ name: 'relay_move', text: 'UPDATE event_relay SET relayed = $1', values: [newest.sequence] })
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
