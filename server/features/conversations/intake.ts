import { uuidv7 } from 'uuidv7'
import { systemActor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { withTenant, type UnitOfWork } from '../../db/tenant.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { contentText } from '../../whatsapp/content.ts'
import type { InboundMessage, StatusUpdate, WebhookUpdates } from '../../whatsapp/webhook.ts'
import { findOrCreateCustomer } from '../customers/service.ts'
import { expectMedia, pictureIn } from '../media/service.ts'
import { isNotice, statesBelow, wantsAnswer, WINDOW_MS } from './domain.ts'
import { messageReceived, messageStatusChanged } from './events.ts'

/**
 * Takes in what a webhook brought, one transaction a shop: messages and statuses, each at most once however often they
 * come. Numbers of no shop are logged and left. What follows from a message happens later, from the event log.
 */
export async function takeIn(
  app: AppContext,
  { messages, statuses }: Pick<WebhookUpdates, 'messages' | 'statuses'>,
): Promise<void> {
  for (const phoneNumberId of new Set([...messages, ...statuses].map((update) => update.phoneNumberId))) {
    const merchantId = await merchantOf(app, phoneNumberId)
    if (!merchantId) {
      app.logger.warn({ phoneNumberId }, 'webhook for a number that belongs to no shop')
      continue
    }
    const mine = <T extends { phoneNumberId: string }>(updates: T[]) =>
      updates.filter((update) => update.phoneNumberId === phoneNumberId)
    await takeInForShop(app, merchantId, mine(messages), mine(statuses))
  }
}

async function takeInForShop(
  app: AppContext,
  merchantId: string,
  messages: InboundMessage[],
  statuses: StatusUpdate[],
): Promise<void> {
  // Statuses apart from messages: a status may concern hundreds of rows, and neither needs the other.
  if (statuses.length > 0) {
    await withTenant(app, systemActor(merchantId), async (unit) => {
      for (const status of statuses) await raiseStatus(unit, status)
    })
  }
  for (const message of messages.toSorted((a, b) => a.occurredAt.getTime() - b.occurredAt.getTime())) {
    try {
      await withTenant(app, systemActor(merchantId), (unit) => receive(unit, message))
    } catch (error) {
      if (!(error instanceof KnownMessage)) throw error
    }
  }
}

/** The message has been here before: everything its repeat would have changed is rolled back. */
class KnownMessage extends Error {}

type Received = { conversationId: string; messageId: string | null }

async function receive(unit: UnitOfWork, message: InboundMessage): Promise<void> {
  const { tx, merchantId } = unit
  const customer = await findOrCreateCustomer(unit, message.from)
  const text = contentText(message.content)
  const spoken = !isNotice(message.content)
  const rows = await tx.$queryRaw<Received[]>`
    WITH number AS (
      SELECT id FROM whatsapp_number WHERE phone_number_id = ${message.phoneNumberId}
    ), talk AS (
      INSERT INTO conversation AS c (id, merchant_id, customer_id, whatsapp_number_id, unread_count, last_message_text, last_message_at, window_expires_at)
      SELECT ${uuidv7()}::uuid, ${merchantId}::uuid, ${customer.id}::uuid, number.id, ${spoken ? 1 : 0}, ${spoken ? text.slice(0, 200) : ''},
        ${message.occurredAt}, ${spoken ? new Date(message.occurredAt.getTime() + WINDOW_MS) : null}::timestamptz
      FROM number
      ON CONFLICT (customer_id, whatsapp_number_id) DO UPDATE SET unread_count = c.unread_count + excluded.unread_count,
        last_message_text = CASE WHEN ${spoken} THEN excluded.last_message_text ELSE c.last_message_text END,
        last_message_at = CASE WHEN ${spoken} THEN greatest(c.last_message_at, excluded.last_message_at) ELSE c.last_message_at END,
        window_expires_at = greatest(c.window_expires_at, excluded.window_expires_at)
      RETURNING id, mode
    ), received AS (
      INSERT INTO message (id, merchant_id, conversation_id, direction, author, kind, content, text, wamid, status, occurred_at)
      SELECT ${uuidv7()}::uuid, ${merchantId}::uuid, talk.id, 'INBOUND', 'CUSTOMER', ${message.content.kind},
        ${JSON.stringify(message.content)}::jsonb, ${text}, ${message.wamid}, 'RECEIVED', ${message.occurredAt}
      FROM talk ON CONFLICT (merchant_id, wamid) DO NOTHING RETURNING id
    ), turn AS (
      INSERT INTO bot_turn (id, merchant_id, conversation_id, message_id, status, occurred_at)
      SELECT ${uuidv7()}::uuid, ${merchantId}::uuid, talk.id, received.id,
        CASE WHEN talk.mode = 'BOT' THEN 'PENDING' ELSE 'SKIPPED' END::bot_turn_status, ${message.occurredAt}
      FROM talk, received WHERE ${wantsAnswer(message.content)}
    )
    SELECT talk.id AS "conversationId", received.id AS "messageId" FROM talk LEFT JOIN received ON true`
  const [row] = rows
  if (!row) return
  const { conversationId, messageId } = row
  if (!messageId) throw new KnownMessage()
  if (!spoken) return
  const picture = pictureIn(message.content)
  const mediaId = picture && (await expectMedia(unit, messageId, picture))
  unit.emit(
    messageReceived.draft(messageId, {
      messageId,
      conversationId,
      customerId: customer.id,
      kind: message.content.kind,
      text,
      ...(mediaId ? { mediaId } : {}),
    }),
  )
}

/** Moves an outgoing message up its ladder. Our own id comes back with every status, so even one that overtakes the send's answer is placed. */
async function raiseStatus(
  unit: UnitOfWork,
  { wamid, status, occurredAt, opaqueId, errors }: StatusUpdate,
): Promise<void> {
  const messageId = opaqueId && UUID.test(opaqueId) ? opaqueId : null
  const error = errors?.[0] ? { code: errors[0].code, message: errors[0].details ?? errors[0].title } : null
  const which = messageId
    ? Prisma.sql`id = ${messageId}::uuid`
    : Prisma.sql`merchant_id = ${unit.merchantId}::uuid AND wamid = ${wamid}`
  const rows = await unit.tx.$queryRaw<{ id: string; conversation_id: string }[]>`
    UPDATE message SET status = ${status}::message_status, presumed = false, wamid = coalesce(wamid, ${wamid}),
      sent_at = CASE WHEN ${status} <> 'FAILED' THEN coalesce(sent_at, ${occurredAt}) ELSE sent_at END,
      delivered_at = CASE WHEN ${status} IN ('DELIVERED', 'READ') THEN coalesce(delivered_at, ${occurredAt}) ELSE delivered_at END,
      read_at = CASE WHEN ${status} = 'READ' THEN ${occurredAt} ELSE read_at END,
      error_code = ${error?.code ?? null}, error_message = ${error?.message ?? null}
    WHERE ${which} AND direction = 'OUTBOUND' AND (status = ANY(${statesBelow(status)}::message_status[]) OR presumed)
    RETURNING id, conversation_id`
  for (const row of rows) {
    unit.emit(
      messageStatusChanged.draft(row.id, { messageId: row.id, conversationId: row.conversation_id, status, error }),
    )
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

// Numbers hardly ever move between shops; a minute is soon enough to notice.
const REMEMBER_MS = 60_000
const numbers = new WeakMap<AppContext, Map<string, { merchantId: string; until: number }>>()

async function merchantOf(app: AppContext, phoneNumberId: string): Promise<string | undefined> {
  const known = numbers.get(app) ?? new Map<string, { merchantId: string; until: number }>()
  numbers.set(app, known)
  const found = known.get(phoneNumberId)
  if (found && found.until > Date.now()) return found.merchantId
  const merchantId = await app.lookups.merchantOfPhoneNumber(phoneNumberId)
  if (merchantId && known.size < 10_000) known.set(phoneNumberId, { merchantId, until: Date.now() + REMEMBER_MS })
  return merchantId
}
