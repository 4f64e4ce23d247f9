import type { Database } from './client.ts'

/**
 * The only reads that look across shops, each a function in the database that answers ids and nothing else. They serve
 * what must be found before a shop is known.
 */
export function createLookups({ pool }: Pick<Database, 'pool'>) {
  const rows = async <T extends object>(name: string, text: string, values: unknown[]): Promise<T[]> =>
    (await pool.query<T>({ name: `lookup_${name}`, text, values })).rows

  return {
    merchants: async () =>
      (await rows<MerchantRef>('merchants', 'SELECT merchant_id AS "merchantId" FROM lookup_merchants()', [])).map(
        (row) => row.merchantId,
      ),
    merchantsToldOtherwise: async (botOnline: boolean) =>
      (
        await rows<MerchantRef>(
          'told_otherwise',
          'SELECT merchant_id AS "merchantId" FROM lookup_merchants_told_otherwise($1)',
          [botOnline],
        )
      ).map((row) => row.merchantId),
    merchantOfPhoneNumber: async (phoneNumberId: string) =>
      (
        await rows<MerchantRef>('phone_number', 'SELECT merchant_id AS "merchantId" FROM lookup_phone_number($1)', [
          phoneNumberId,
        ])
      )[0]?.merchantId,
    memberships: (email: string) =>
      rows<MerchantRef & { userId: string }>(
        'memberships',
        'SELECT user_id AS "userId", merchant_id AS "merchantId" FROM lookup_memberships($1)',
        [email],
      ),
    session: async (tokenHash: Buffer) =>
      (
        await rows<MerchantRef & { sessionId: string }>(
          'session',
          'SELECT session_id AS "sessionId", merchant_id AS "merchantId" FROM lookup_session($1)',
          [tokenHash],
        )
      )[0],
    apiKey: async (secretHash: Buffer) =>
      (
        await rows<MerchantRef & { apiKeyId: string }>(
          'api_key',
          'SELECT api_key_id AS "apiKeyId", merchant_id AS "merchantId" FROM lookup_api_key($1)',
          [secretHash],
        )
      )[0],
    unrelayed: async () =>
      (await rows<MerchantRef>('unrelayed', 'SELECT merchant_id AS "merchantId" FROM lookup_unrelayed()', [])).map(
        (row) => row.merchantId,
      ),
    claimableLanes: (atMost: number) =>
      rows<MerchantRef & { conversationId: string }>(
        'lanes',
        'SELECT merchant_id AS "merchantId", conversation_id AS "conversationId" FROM lookup_claimable_lanes($1)',
        [atMost],
      ),
    unsentMessages: (only: { olderThanSeconds: number; reconciledAfterSeconds: number; atMost: number }) =>
      rows<MerchantRef & { messageId: string }>(
        'unsent',
        `SELECT merchant_id AS "merchantId", message_id AS "messageId"
         FROM lookup_unsent_messages(make_interval(secs => $1), make_interval(secs => $2), $3)`,
        [only.olderThanSeconds, only.reconciledAfterSeconds, only.atMost],
      ),
    expiredReservations: (atMost: number) =>
      rows<MerchantRef & { orderId: string }>(
        'expired',
        'SELECT merchant_id AS "merchantId", order_id AS "orderId" FROM lookup_expired_reservations($1)',
        [atMost],
      ),
    invitation: async (tokenHash: Buffer) =>
      (
        await rows<MerchantRef & { invitationId: string }>(
          'invitation',
          'SELECT invitation_id AS "invitationId", merchant_id AS "merchantId" FROM lookup_invitation($1)',
          [tokenHash],
        )
      )[0],
    merchantsOfWaba: async (wabaId: string) =>
      (await rows<MerchantRef>('waba', 'SELECT merchant_id AS "merchantId" FROM lookup_waba($1)', [wabaId])).map(
        (row) => row.merchantId,
      ),
    payment: async (provider: string, providerRef: string) =>
      (
        await rows<MerchantRef & { paymentId: string }>(
          'payment',
          'SELECT merchant_id AS "merchantId", payment_id AS "paymentId" FROM lookup_payment($1, $2)',
          [provider, providerRef],
        )
      )[0],
    duePayments: (aheadSeconds: number, atMost: number) =>
      rows<MerchantRef & { paymentId: string }>(
        'due_payments',
        'SELECT merchant_id AS "merchantId", payment_id AS "paymentId" FROM lookup_due_payments(make_interval(secs => $1), $2)',
        [aheadSeconds, atMost],
      ),
    unfinishedMedia: (olderThanSeconds: number, atMost: number) =>
      rows<MerchantRef & { assetId: string }>(
        'unfinished_media',
        'SELECT merchant_id AS "merchantId", asset_id AS "assetId" FROM lookup_unfinished_media(make_interval(secs => $1), $2)',
        [olderThanSeconds, atMost],
      ),
    undispatched: async () =>
      (
        await rows<MerchantRef>('undispatched', 'SELECT merchant_id AS "merchantId" FROM lookup_undispatched()', [])
      ).map((row) => row.merchantId),
    retriedJobs: (olderThanSeconds: number, atMost: number) =>
      rows<MerchantRef & { deadJobId: string }>(
        'retried_jobs',
        'SELECT merchant_id AS "merchantId", dead_job_id AS "deadJobId" FROM lookup_retried_jobs(make_interval(secs => $1), $2)',
        [olderThanSeconds, atMost],
      ),
    dueDeliveries: (olderThanSeconds: number, ofEach: number) =>
      rows<MerchantRef & { endpointId: string; deliveryId: string }>(
        'due_deliveries',
        'SELECT merchant_id AS "merchantId", endpoint_id AS "endpointId", delivery_id AS "deliveryId" FROM lookup_due_deliveries(make_interval(secs => $1), $2)',
        [olderThanSeconds, ofEach],
      ),
  }
}

type MerchantRef = { merchantId: string }
export type Lookups = ReturnType<typeof createLookups>
