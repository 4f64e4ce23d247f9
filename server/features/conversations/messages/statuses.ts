import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { isUuid } from '../../../db/merchant-query.ts'
import type { MessageStatus } from '../../../generated/prisma/enums.ts'
import type { StatusUpdate } from '../../../whatsapp/webhook.ts'
import { lowerStatuses } from '../domain.ts'
import { messageStatusChanged } from '../events.ts'

type Sent = {
  id: string
  conversationId: string
  status: MessageStatus
  presumed: boolean
  wamid: string | null
  sentAt: Date | null
  deliveredAt: Date | null
  readAt: Date | null
  errorCode: number | null
  errorMessage: string | null
}

/**
 * Applies status updates to outgoing messages of the merchant, with three statements for any number of updates,
 * including the one for the events: the messages are locked in the order of their ids, the updates are applied in the order received, and the results are written at once.
 * Each change emits an event. Every update carries our own id, so one that arrives before the answer of the send is matched
 * too. Updates of unknown messages are ignored.
 */
export async function advanceStatuses(unit: UnitOfWork, statuses: readonly StatusUpdate[]): Promise<void> {
  const messages = await lockMessages(unit, statuses)
  const byId = new Map(messages.map((message) => [message.id, message]))
  const byWamid = new Map(messages.flatMap((message) => (message.wamid ? [[message.wamid, message]] : [])))
  const changed = new Set<Sent>()
  for (const update of statuses) {
    const ownId = ownIdOf(update)
    const message = ownId ? byId.get(ownId) : byWamid.get(update.wamid)
    if (!message || !canAdvance(message, update)) continue
    const { id: messageId, conversationId, status: from } = message
    const error = errorOf(update)
    applyStatus(message, update, error)
    byWamid.set(update.wamid, message)
    changed.add(message)
    if (from === update.status) continue
    unit.emit(messageStatusChanged.draft(messageId, { messageId, conversationId, status: update.status, error }))
  }
  if (changed.size > 0) await writeMessages(unit, [...changed])
}

const ownIdOf = ({ opaqueId }: StatusUpdate): string | null =>
  opaqueId && isUuid(opaqueId) ? opaqueId.toLowerCase() : null

/** Any status from WhatsApp replaces one that staff presumed. */
const canAdvance = ({ status, presumed }: Sent, update: StatusUpdate): boolean =>
  presumed || lowerStatuses(update.status).includes(status)

const errorOf = ({ errors }: StatusUpdate): { code: number; message: string } | null =>
  errors?.[0] ? { code: errors[0].code, message: errors[0].details ?? errors[0].title } : null

function applyStatus(
  message: Sent,
  { status, occurredAt, wamid }: StatusUpdate,
  error: ReturnType<typeof errorOf>,
): void {
  message.status = status
  message.presumed = false
  message.wamid ??= wamid
  if (status !== 'FAILED') message.sentAt ??= occurredAt
  if (status === 'DELIVERED' || status === 'READ') message.deliveredAt ??= occurredAt
  if (status === 'READ') message.readAt = occurredAt
  message.errorCode = error?.code ?? null
  message.errorMessage = error?.message ?? null
}

function lockMessages({ tx, merchantId }: UnitOfWork, statuses: readonly StatusUpdate[]): Promise<Sent[]> {
  const ids = [...new Set(statuses.flatMap((update) => ownIdOf(update) ?? []))]
  const wamids = [...new Set(statuses.filter((update) => !ownIdOf(update)).map(({ wamid }) => wamid))]
  return tx.$queryRaw<Sent[]>`
    SELECT id, conversation_id AS "conversationId", status, presumed, wamid, sent_at AS "sentAt", delivered_at AS "deliveredAt",
      read_at AS "readAt", error_code AS "errorCode", error_message AS "errorMessage"
    FROM message WHERE (id = ANY(${ids}::uuid[]) OR (merchant_id = ${merchantId}::uuid AND wamid = ANY(${wamids}::text[])))
      AND direction = 'OUTBOUND' ORDER BY id FOR UPDATE`
}

async function writeMessages({ tx }: UnitOfWork, messages: readonly Sent[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE message m SET status = c.status::message_status, presumed = false, wamid = c.wamid, sent_at = c."sentAt",
      delivered_at = c."deliveredAt", read_at = c."readAt", error_code = c."errorCode", error_message = c."errorMessage"
    FROM jsonb_to_recordset(${JSON.stringify(messages)}::jsonb) AS c (id uuid, status text, wamid text, "sentAt" timestamptz,
      "deliveredAt" timestamptz, "readAt" timestamptz, "errorCode" int, "errorMessage" text)
    WHERE m.id = c.id`
}
