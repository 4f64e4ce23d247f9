import { systemActor } from '../../../auth/actor.ts'
import type { AppContext } from '../../../context.ts'
import { heldByRestore } from '../../merchants/restore-hold.ts'
import { queryMerchant } from '../../../db/merchant-query.ts'
import { changeAndEmit } from '../../../unit-of-work/unit-of-work.ts'
import { TryLaterError, type JobRun } from '../../../jobs/kit.ts'
import { outboundContentSchema, type OutboundContent } from '../../../whatsapp/content.ts'
import { AmbiguousSendError, retryDelayMs, WhatsAppError, WhatsAppUnreachableError } from '../../../whatsapp/errors.ts'
import { preflight } from '../../templates/preflight.ts'
import { messageStatusChanged } from '../events.ts'
import { nextCheckMs, reconciliationOf, SENDING_POLICIES } from './sending-policy.ts'
import { sql } from '../../../db/sql.ts'
import { consumeThroughput } from './sending-rate.ts'

/** Automatic repeats by purpose, as JSON for the statements below. */
const REPEATS = JSON.stringify(
  Object.fromEntries(Object.entries(SENDING_POLICIES).map(([purpose, { repeats }]) => [purpose, repeats])),
)
/** The retry delay, in ms, while an earlier message of the conversation is being sent. */
const BLOCKED_RETRY_MS = 120
const MAX_ATTEMPTS = 8
/** A message is retried no longer than the service window it was written in. */
const GIVE_UP_MS = 24 * 3600 * 1000
/** The error code of a message for which WhatsApp was unreachable for a day (Meta: "Something went wrong"). */
const UNREACHABLE = 131000

type Claim = {
  phoneNumberId: string
  to: { phone?: string; bsuid?: string }
  content: OutboundContent
  templateId: string | null
  conversationId: string
  attempts: number
  /** Earlier attempts without an answer: the customer may have the message already. */
  unanswered: number
  createdAt: Date
  windowExpiresAt: Date | null
}

/**
 * Sends one queued message. Its row decides: a message that is no longer QUEUED is skipped, and one behind an earlier
 * message of its conversation waits. After an unanswered attempt the message waits minutes for a status; then, by its
 * purpose, it is sent once more or becomes UNKNOWN. Later messages wait only while the attempt may be under way.
 *
 * @throws TryLaterError to run the job again.
 */
export async function sendQueuedMessage(
  app: AppContext,
  merchantId: string,
  messageId: string,
  { signal }: Pick<JobRun, 'signal'>,
): Promise<void> {
  const claim = await claimMessage(app, merchantId, messageId)
  if (!claim) return
  const refusal = await preflight(app, merchantId, { ...claim, messageId })
  if (refusal) return failMessage(app, merchantId, messageId, claim, refusal.code, refusal.message)
  try {
    const { wamid } = await app.whatsapp.sendMessage(claim.phoneNumberId, {
      to: claim.to,
      content: claim.content,
      opaqueId: messageId,
      signal,
    })
    await recordAccepted(app, merchantId, messageId, claim, wamid)
  } catch (error) {
    if (error instanceof AmbiguousSendError) {
      const wait = nextCheckMs(reconciliationOf(app.config.messageReconcileSeconds), 0)
      throw new TryLaterError(wait, 'WhatsApp did not answer; waiting for a status')
    }
    if (error instanceof WhatsAppUnreachableError)
      return retryLater(
        app,
        merchantId,
        messageId,
        claim,
        Math.min(60_000, 500 * 2 ** claim.attempts),
        UNREACHABLE,
        error.message,
      )
    if (!(error instanceof WhatsAppError)) throw error
    const detail = error.details ?? error.message
    if (error.retry !== 'retry' || claim.attempts >= MAX_ATTEMPTS)
      return failMessage(app, merchantId, messageId, claim, error.code, detail)
    return retryLater(
      app,
      merchantId,
      messageId,
      claim,
      retryDelayMs(error.code, claim.attempts - 1),
      error.code,
      detail,
    )
  }
}

type ClaimRow = Omit<Claim, 'to' | 'content'> & { content: unknown; phone: string | null; bsuid: string | null }

// An earlier message with an unanswered attempt stops blocking after `hold`, the placeholder of the seconds an attempt may be
// under way: later messages may then overtake it. A message held by a restored backup blocks no later one.
const hasEarlierUnsent = (
  hold: string,
): string => `EXISTS (SELECT 1 FROM message e WHERE e.conversation_id = m.conversation_id AND e.status = 'QUEUED'
  AND (e.created_at, e.id) < (m.created_at, m.id) AND NOT ${heldByRestore('e.created_at')}
  AND (e.attempted_at IS NULL OR e.attempted_at > now() - make_interval(secs => ${hold})))`
const identity = (kind: string): string =>
  `(SELECT value FROM customer_identity i WHERE i.customer_id = c.customer_id AND i.kind = '${kind}' ORDER BY i.created_at DESC LIMIT 1)`

/**
 * Begins an attempt in one statement: of two workers, the second waits for the row lock and then finds the attempt begun.
 * Every send begins here. A further condition for sending, such as a restored backup that waits for a decision, is a
 * condition of this statement, of `waitOrFinish`, and of `lookup_unsent_messages`.
 */
async function claimMessage(app: AppContext, merchantId: string, messageId: string): Promise<Claim | null> {
  const { totalMs, holdMs } = reconciliationOf(app.config.messageReconcileSeconds)
  const [row] = await queryMerchant<ClaimRow>(
    app,
    merchantId,
    `UPDATE message m SET attempts = m.attempts + 1, attempted_at = now(), unanswered = m.unanswered + (m.attempted_at IS NOT NULL)::int
     FROM conversation c JOIN whatsapp_number n ON n.id = c.whatsapp_number_id
     WHERE m.id = $1 AND c.id = m.conversation_id AND m.status = 'QUEUED' AND NOT ${heldByRestore('m.created_at')} AND NOT ${hasEarlierUnsent('$3')}
       AND (m.attempted_at IS NULL OR (m.attempted_at < now() - make_interval(secs => $2)
         AND m.unanswered < ($4::jsonb ->> m.purpose::text)::int))
     RETURNING m.content, m.template_id AS "templateId", m.conversation_id AS "conversationId", m.attempts, m.unanswered,
       m.created_at AS "createdAt", n.phone_number_id AS "phoneNumberId", c.window_expires_at AS "windowExpiresAt",
       ${identity('PHONE')} AS phone, ${identity('BSUID')} AS bsuid`,
    [messageId, totalMs / 1000, holdMs / 1000, REPEATS],
  )
  if (!row) return waitOrFinish(app, merchantId, messageId)
  const { phone, bsuid, content, ...rest } = row
  const wait = await consumeThroughput(app, row.phoneNumberId)
  if (wait > 0) {
    const text = 'UPDATE message SET attempts = attempts - 1, attempted_at = NULL WHERE id = $1'
    await queryMerchant(app, merchantId, text, [messageId])
    throw new TryLaterError(wait, 'the number has reached its throughput')
  }
  const to = { ...(phone ? { phone } : {}), ...(bsuid ? { bsuid } : {}) }
  return { ...rest, to, content: outboundContentSchema.parse(content) }
}

type Waiting = { conversationId: string; behind: boolean; elapsedMs: number | null; repeatable: boolean }

/** Handles a message that could not be claimed: finished or held (returns), to be retried (throws), or UNKNOWN. */
async function waitOrFinish(app: AppContext, merchantId: string, messageId: string): Promise<null> {
  const reconciliation = reconciliationOf(app.config.messageReconcileSeconds)
  const [row] = await queryMerchant<Waiting>(
    app,
    merchantId,
    `SELECT m.conversation_id AS "conversationId", ${hasEarlierUnsent('$2')} AS behind, m.unanswered < ($3::jsonb ->> m.purpose::text)::int AS repeatable,
       (extract(epoch FROM now() - m.attempted_at) * 1000)::float8 AS "elapsedMs"
     FROM message m WHERE m.id = $1 AND m.status = 'QUEUED' AND NOT ${heldByRestore('m.created_at')}`,
    [messageId, reconciliation.holdMs / 1000, REPEATS],
  )
  if (!row) return null
  const { elapsedMs } = row
  if (elapsedMs !== null && elapsedMs < reconciliation.totalMs)
    throw new TryLaterError(nextCheckMs(reconciliation, elapsedMs), 'an earlier attempt has no response yet')
  if (elapsedMs !== null && !row.repeatable) return markUnknown(app, merchantId, messageId, row)
  throw new TryLaterError(BLOCKED_RETRY_MS, 'an earlier message of the conversation is still being sent')
}

/** Marks the message UNKNOWN: it may have arrived, and it is not repeated automatically. Staff decide. */
async function markUnknown(
  app: AppContext,
  merchantId: string,
  messageId: string,
  { conversationId }: Pick<Claim, 'conversationId'>,
): Promise<null> {
  const { totalMs } = reconciliationOf(app.config.messageReconcileSeconds)
  const changed = await changeAndEmit(app, systemActor(merchantId), {
    change: sql`UPDATE message SET status = 'UNKNOWN', unanswered = unanswered + 1, attempted_at = NULL
      WHERE id = ${messageId} AND status = 'QUEUED' AND attempted_at < now() - make_interval(secs => ${totalMs / 1000})`,
    drafts: [messageStatusChanged.draft(messageId, { messageId, conversationId, status: 'UNKNOWN', error: null })],
  })
  if (changed)
    app.logger.warn(
      { merchantId, messageId },
      'WhatsApp neither answered nor reported a status: the message is UNKNOWN',
    )
  return null
}

async function recordAccepted(
  app: AppContext,
  merchantId: string,
  messageId: string,
  { conversationId }: Claim,
  wamid: string,
): Promise<void> {
  const advanced = await changeAndEmit(app, systemActor(merchantId), {
    change: sql`UPDATE message SET wamid = ${wamid}, status = 'ACCEPTED' WHERE id = ${messageId} AND status IN ('QUEUED', 'UNKNOWN')`,
    drafts: [messageStatusChanged.draft(messageId, { messageId, conversationId, status: 'ACCEPTED', error: null })],
  })
  // When a status arrived before this answer, only the wamid is still missing.
  const text = 'UPDATE message SET wamid = coalesce(wamid, $2) WHERE id = $1'
  if (!advanced) await queryMerchant(app, merchantId, text, [messageId, wamid])
}

/** Ends an attempt that sent nothing: the next follows after `delayMs`, unless the message is too old. */
async function retryLater(
  app: AppContext,
  merchantId: string,
  messageId: string,
  claim: Claim,
  delayMs: number,
  code: number,
  why: string,
): Promise<never | void> {
  if (Date.now() - claim.createdAt.getTime() > GIVE_UP_MS)
    return failMessage(app, merchantId, messageId, claim, code, why)
  await queryMerchant(app, merchantId, 'UPDATE message SET attempted_at = NULL WHERE id = $1', [messageId])
  throw new TryLaterError(delayMs, why)
}

/** Ends the message as FAILED, or as UNKNOWN when an earlier unanswered attempt may have delivered it. */
async function failMessage(
  app: AppContext,
  merchantId: string,
  messageId: string,
  { conversationId, unanswered }: Claim,
  code: number,
  why: string,
): Promise<void> {
  const error = { code, message: why }
  const status = unanswered > 0 ? 'UNKNOWN' : 'FAILED'
  await changeAndEmit(app, systemActor(merchantId), {
    change: sql`UPDATE message SET status = ${status}::message_status, error_code = ${code}, error_message = ${why}, attempted_at = NULL
      WHERE id = ${messageId} AND status = 'QUEUED'`,
    drafts: [messageStatusChanged.draft(messageId, { messageId, conversationId, status, error })],
  })
}
