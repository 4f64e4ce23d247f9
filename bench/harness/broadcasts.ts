import { Redis } from 'ioredis'
import { systemActor } from '../../server/auth/actor.ts'
import { queryMerchant } from '../../server/db/merchant-query.ts'
import { encodeCursor } from '../../server/events/cursor.ts'
import { orderStatusChanged } from '../../server/features/orders/events.ts'
import { withTenant } from '../../server/unit-of-work/unit-of-work.ts'
import { atRate } from './pace.ts'
import type { Site } from './site.ts'
import { now } from './statistics.ts'

/** The Redis channel of the floor. */
export const CHANNEL = 'floor'
/** The dashboard's subscription to orders. */
export const ORDER_CHANGES = `subscription { events { __typename cursor occurredAt ... on OrderStatusChangedEvent { order { id number status fulfilment placedAt
  total { formatted } customer { id name phone } lines { id productName quantity } } } } }`

export type Pace = { perSecond: number; count: number }

/**
 * Commits events about different orders and tells when each was committed: there the stream begins, as the floor's does
 * with its publishing. `order-latency` measures the transaction itself.
 */
export async function commitEvents(
  { app }: Site,
  merchantId: string,
  { perSecond, count }: Pace,
): Promise<Map<number, number>> {
  const orders = await queryMerchant<{ id: string; number: number }>(
    app,
    merchantId,
    'SELECT id, number FROM "order" ORDER BY id LIMIT 2000',
  )
  const committedAt = new Map<number, number>()
  const { notifyCommit } = app
  app.notifyCommit = (commit) => {
    for (const { sequence } of commit.events) committedAt.set(sequence, now())
    notifyCommit(commit)
  }
  await atRate(perSecond, count, async (n) => {
    const order = orders[n % orders.length]
    if (!order) throw new Error('no orders')
    const { id: orderId, number } = order
    await withTenant(app, systemActor(merchantId), async ({ emit }) =>
      emit(orderStatusChanged.draft(orderId, { orderId, number, from: 'PENDING', to: 'CONFIRMED', reason: null })),
    )
  })
  app.notifyCommit = notifyCommit
  return committedAt
}

/** Publishes the very bytes of one of our events, with a cursor of its own each. */
export async function broadcast(
  { redisUrl }: Site,
  sample: string,
  { perSecond, count }: Pace,
): Promise<Map<number, number>> {
  const redis = new Redis(redisUrl)
  const sentAt = new Map<number, number>()
  const first = 1_000_000 + Math.floor(now())
  await atRate(perSecond, count, async (n, dueAt) => {
    sentAt.set(first + n, dueAt)
    await redis.publish(CHANNEL, sample.replace(/"cursor":"[^"]+"/, `"cursor":"${encodeCursor(first + n)}"`))
  })
  redis.disconnect()
  return sentAt
}
