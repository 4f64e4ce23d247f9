import { uuidv7 } from 'uuidv7'
import { systemActor } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { isUnreachable } from '../../../db/errors.ts'
import { processInParts } from '../../../db/in-parts.ts'
import { withTenant, type UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { inConcurrencyGroup } from '../../../db/work.ts'
import { contentText } from '../../../whatsapp/content.ts'
import { SERVICE_WINDOW_MS } from '../../../whatsapp/service-window.ts'
import type { InboundMessage, StatusUpdate, WebhookUpdates } from '../../../whatsapp/webhook.ts'
import { findOrCreateCustomer } from '../../customers/service.ts'
import { addCustomerImage, imageIn } from '../../media/library/customer-media.ts'
import { isSystemNotification, needsAnswer } from '../domain.ts'
import { messageReceived } from '../events.ts'
import { ingestItemJob, type RefusedItem } from '../jobs.ts'
import { advanceStatuses } from './statuses.ts'
import { lookUpMerchantOfNumber } from '../../merchants/lookups.ts'
import type { FeatureState } from '../../../feature-state.ts'

/** Items that share a transaction: few enough for short locks, many enough to spread the cost of a commit. */
const MESSAGES_PER_TRANSACTION = 25
const STATUSES_PER_TRANSACTION = 250

/**
 * Stores the messages and statuses of a webhook body, in several transactions; a repeated item changes nothing. Updates for
 * phone numbers of no merchant are logged and skipped. Everything that follows from a message is a reaction to its event.
 * A job retries an item that cannot be stored; after its last attempt it is a failed job of the merchant.
 *
 * @throws when WhatsApp must deliver the body again: the database is unreachable, or a lock took too long.
 */
export async function ingestMessages(
  app: AppContext,
  { messages, statuses }: Pick<WebhookUpdates, 'messages' | 'statuses'>,
): Promise<void> {
  const failures: unknown[] = []
  for (const phoneNumberId of new Set([...messages, ...statuses].map((update) => update.phoneNumberId))) {
    const merchantId = await merchantOf(app, phoneNumberId)
    if (!merchantId) {
      app.logger.warn({ phoneNumberId }, 'webhook for a number that belongs to no shop')
      continue
    }
    const ofNumber = <T extends { phoneNumberId: string }>(updates: T[]) =>
      updates.filter((update) => update.phoneNumberId === phoneNumberId)
    try {
      await ingestStatuses(app, merchantId, ofNumber(statuses))
      await storeMessages(app, merchantId, ofNumber(messages))
    } catch (error) {
      if (isUnreachable(error)) throw error
      // One blocked merchant must not delay the others.
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

const ingestStatuses = (app: AppContext, merchantId: string, statuses: StatusUpdate[]): Promise<void> =>
  processInParts({
    items: statuses,
    size: STATUSES_PER_TRANSACTION,
    keyOf: ({ opaqueId, wamid }) => opaqueId ?? wamid,
    work: (part) => withTenant(app, systemActor(merchantId), (unit) => advanceStatuses(unit, part)),
    refuse: (status, error) => scheduleItemRetry(app, { merchantId, status }, error),
  })

const senderOf = ({ from }: InboundMessage): string => from.bsuid ?? from.phone ?? from.parentBsuid ?? ''

/** Sorts by sender, so that two deliveries lock customers in the same order, then by WhatsApp's time. */
const bySender = (a: InboundMessage, b: InboundMessage): number =>
  senderOf(a) < senderOf(b) ? -1 : senderOf(a) > senderOf(b) ? 1 : a.occurredAt.getTime() - b.occurredAt.getTime()

const storeMessages = (app: AppContext, merchantId: string, messages: InboundMessage[]): Promise<void> =>
  processInParts({
    items: messages.toSorted(bySender),
    size: MESSAGES_PER_TRANSACTION,
    keyOf: senderOf,
    work: (part) => storeInOneTransaction(app, merchantId, part),
    refuse: async (message, error) => {
      if (!(error instanceof DuplicateMessageError)) await scheduleItemRetry(app, { merchantId, message }, error)
    },
  })

/** Schedules a job for an item that fails its part. @throws when the queue is unreachable: WhatsApp must deliver again. */
async function scheduleItemRetry(app: AppContext, item: RefusedItem, error: unknown): Promise<void> {
  const { merchantId, message, status } = item
  app.logger.error(
    { err: error, merchantId, wamid: (message ?? status)?.wamid },
    'an item of a webhook could not be stored and will be retried',
  )
  await app.queues.enqueue(ingestItemJob.request(item))
}

/** Stores a single item that could not be stored with the others of its webhook body. */
export async function ingestItem(app: AppContext, { merchantId, message, status }: RefusedItem): Promise<void> {
  if (status) await withTenant(app, systemActor(merchantId), (unit) => advanceStatuses(unit, [status]))
  if (!message) return
  await storeInOneTransaction(app, merchantId, [message]).catch((error: unknown) => {
    if (!(error instanceof DuplicateMessageError)) throw error
  })
}

/** Stores messages of a merchant in one transaction. @throws DuplicateMessageError when a concurrent delivery stored one of them. */
function storeInOneTransaction(
  app: AppContext,
  merchantId: string,
  messages: readonly InboundMessage[],
): Promise<void> {
  const store = () =>
    withTenant(app, systemActor(merchantId), async (unit) => {
      for (const message of await withoutDuplicates(unit, messages)) await storeMessage(unit, message)
    })
  const [sender, ...others] = new Set(messages.map(senderOf))
  return sender === undefined || others.length > 0 ? store() : inConcurrencyGroup(sender, store)
}

/** The messages that are not stored yet, without duplicates. A single message is not looked up: its INSERT detects a duplicate. */
async function withoutDuplicates(
  { tx, merchantId }: UnitOfWork,
  messages: readonly InboundMessage[],
): Promise<readonly InboundMessage[]> {
  if (messages.length === 1) return messages
  const byWamid = new Map(messages.toReversed().map((message) => [message.wamid, message]))
  const known = await tx.$queryRaw<{ wamid: string }[]>`
    SELECT wamid FROM message WHERE merchant_id = ${merchantId}::uuid AND wamid = ANY(${[...byWamid.keys()]}::text[])`
  for (const { wamid } of known) byWamid.delete(wamid)
  return messages.filter((message) => byWamid.get(message.wamid) === message)
}

/** The message is stored already. Thrown to roll back every change of the duplicate. */
class DuplicateMessageError extends Error {}

type Received = { conversationId: string; messageId: string | null }

async function storeMessage(unit: UnitOfWork, message: InboundMessage): Promise<void> {
  const { tx, merchantId } = unit
  const customer = await findOrCreateCustomer(unit, message.from)
  const text = contentText(message.content)
  const isMessage = !isSystemNotification(message.content)
  const rows = await tx.$queryRaw<Received[]>`
    WITH receiving_number AS (
      SELECT id FROM whatsapp_number WHERE phone_number_id = ${message.phoneNumberId}
    ), upserted_conversation AS (
      INSERT INTO conversation AS c (id, merchant_id, customer_id, whatsapp_number_id, unread_count, last_message_text, last_message_at, window_expires_at)
      SELECT ${uuidv7()}::uuid, ${merchantId}::uuid, ${customer.id}::uuid, receiving_number.id, ${isMessage ? 1 : 0}, ${isMessage ? text.slice(0, 200) : ''},
        ${message.occurredAt}, ${isMessage ? new Date(message.occurredAt.getTime() + SERVICE_WINDOW_MS) : null}::timestamptz
      FROM receiving_number
      ON CONFLICT (customer_id, whatsapp_number_id) DO UPDATE SET unread_count = c.unread_count + excluded.unread_count,
        last_message_text = CASE WHEN ${isMessage} THEN excluded.last_message_text ELSE c.last_message_text END,
        last_message_at = CASE WHEN ${isMessage} THEN greatest(c.last_message_at, excluded.last_message_at) ELSE c.last_message_at END,
        window_expires_at = greatest(c.window_expires_at, excluded.window_expires_at)
      RETURNING id, mode
    ), inserted_message AS (
      INSERT INTO message (id, merchant_id, conversation_id, direction, author, kind, content, text, wamid, status, occurred_at)
      SELECT ${uuidv7()}::uuid, ${merchantId}::uuid, upserted_conversation.id, 'INBOUND', 'CUSTOMER', ${message.content.kind},
        ${JSON.stringify(message.content)}::jsonb, ${text}, ${message.wamid}, 'RECEIVED', ${message.occurredAt}
      FROM upserted_conversation ON CONFLICT (merchant_id, wamid) DO NOTHING RETURNING id
    ), inserted_turn AS (
      INSERT INTO bot_turn (id, merchant_id, conversation_id, message_id, status, occurred_at)
      SELECT ${uuidv7()}::uuid, ${merchantId}::uuid, upserted_conversation.id, inserted_message.id,
        CASE WHEN upserted_conversation.mode = 'BOT' THEN 'PENDING' ELSE 'SKIPPED' END::bot_turn_status, ${message.occurredAt}
      FROM upserted_conversation, inserted_message WHERE ${needsAnswer(message.content)}
    )
    SELECT upserted_conversation.id AS "conversationId", inserted_message.id AS "messageId" FROM upserted_conversation LEFT JOIN inserted_message ON true`
  const [row] = rows
  if (!row) return
  const { conversationId, messageId } = row
  if (!messageId) throw new DuplicateMessageError()
  if (!isMessage) return
  const image = imageIn(message.content)
  const mediaId = image && addCustomerImage(unit, messageId, image)
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

// Numbers rarely move between shops, so a minute of delay is acceptable.
const NUMBER_CACHE_MS = 60_000
const numberCache: FeatureState<Map<string, { merchantId: string; until: number }>> = { open: () => new Map() }

async function merchantOf(app: AppContext, phoneNumberId: string): Promise<string | undefined> {
  const known = app.state(numberCache)
  const found = known.get(phoneNumberId)
  if (found && found.until > Date.now()) return found.merchantId
  const merchantId = await lookUpMerchantOfNumber(app, phoneNumberId)
  if (merchantId && known.size < 10_000) known.set(phoneNumberId, { merchantId, until: Date.now() + NUMBER_CACHE_MS })
  return merchantId
}
