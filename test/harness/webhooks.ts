import { randomUUID } from 'node:crypto'
import { systemActor } from '../../server/auth/actor.ts'
import type { AppContext } from '../../server/context.ts'
import { queryMerchant } from '../../server/db/merchant-query.ts'
import { withTenant } from '../../server/unit-of-work/unit-of-work.ts'
import { orderStatusChanged } from '../../server/features/orders/events.ts'
import { createEndpoint, type NewEndpoint } from '../../server/features/webhooks/endpoints/service.ts'
import type { TestShop } from './shop.ts'

/** Lets endpoints lie on this machine, and retries at once. */
export const LOCAL_WEBHOOKS = {
  WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
  WEBHOOK_RETRY_SECONDS: Array.from({ length: 10 }, () => 0).join(','),
}

export type StoredDelivery = { id: string; sequence: number | null; status: string; attemptCount: number }
export type StoredEndpoint = { status: string; reason: string | null; cursor: number; failingSince: Date | null }

/** Access to one shop's webhooks beyond the public API. */
export function webhooksOf(app: AppContext, { merchantId, owner }: TestShop) {
  const rows = <Row extends object>(text: string, values: unknown[]) =>
    queryMerchant<Row>(app, merchantId, text, values)
  return {
    /** An endpoint with its secret. */
    create: async (input: NewEndpoint): Promise<{ id: string; secret: string }> => {
      const { endpoint, secret } = await createEndpoint(app, owner, input)
      return { id: endpoint.id, secret: secret ?? '' }
    },
    /** Commits events in one transaction. */
    emit: (count = 1): Promise<void> =>
      withTenant(app, systemActor(merchantId), async ({ emit }) =>
        emit(
          ...Array.from({ length: count }, (_none, number) => {
            const orderId = randomUUID()
            const data = { orderId, number, from: 'PENDING', to: 'CONFIRMED', reason: null } as const
            return orderStatusChanged.draft(orderId, data)
          }),
        ),
      ),
    /** Deliveries of an endpoint in the order of their events. */
    deliveries: (endpointId: string): Promise<StoredDelivery[]> =>
      rows<StoredDelivery>(
        `SELECT id, sequence::float8 AS sequence, status, attempt_count AS "attemptCount"
         FROM webhook_delivery WHERE endpoint_id = $1 ORDER BY sequence`,
        [endpointId],
      ),
    endpoint: async (id: string): Promise<StoredEndpoint> => {
      const [row] = await rows<StoredEndpoint>(
        `SELECT status, status_reason AS reason, cursor::float8 AS cursor, failing_since AS "failingSince" FROM webhook_endpoint WHERE id = $1`,
        [id],
      )
      if (!row) throw new Error(`no endpoint ${id}`)
      return row
    },
    /** The webhook endpoint count that appending an event returns. */
    readers: async (): Promise<number> =>
      (await rows<{ readers: number }>('SELECT readers FROM event_counter', []))[0]?.readers ?? -1,
    rows,
  }
}
