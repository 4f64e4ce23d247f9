import type { AppContext } from '../../context.ts'
import { lookUp, type MerchantRef } from '../../db/lookup.ts'

type App = Pick<AppContext, 'database'>

/** Conversations with a turn that a bot may claim now, at most `atMost`. */
export async function lookUpClaimableConversations(
  app: App,
  atMost: number,
): Promise<(MerchantRef & { conversationId: string })[]> {
  const text = 'SELECT merchant_id AS "merchantId", conversation_id AS "conversationId" FROM lookup_claimable_lanes($1)'
  return lookUp(app, { name: 'claimable_conversations', text, values: [atMost] })
}

type Unsent = { olderThanSeconds: number; reconciledAfterSeconds: number; atMost: number }

/** Queued messages whose job was lost: older than its job may be, or with a send that had no answer for so long. */
export async function lookUpUnsentMessages(
  app: App,
  { olderThanSeconds, reconciledAfterSeconds, atMost }: Unsent,
): Promise<(MerchantRef & { messageId: string })[]> {
  const text = `SELECT merchant_id AS "merchantId", message_id AS "messageId"
         FROM lookup_unsent_messages(make_interval(secs => $1), make_interval(secs => $2), $3)`
  return lookUp(app, { name: 'unsent', text, values: [olderThanSeconds, reconciledAfterSeconds, atMost] })
}

/** Merchants whose recorded bot presence differs from `botOnline`. */
export async function lookUpMerchantsWithOtherPresence(app: App, botOnline: boolean): Promise<string[]> {
  const text = 'SELECT merchant_id AS "merchantId" FROM lookup_merchants_told_otherwise($1)'
  return (await lookUp(app, { name: 'told_otherwise', text, values: [botOnline] })).map(({ merchantId }) => merchantId)
}
