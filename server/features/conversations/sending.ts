import { systemActor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { queryShop } from '../../db/shop-query.ts'
import { changeAndEmit } from '../../db/tenant.ts'
import { TryLaterError, type JobRun } from '../../jobs/kit.ts'
import { outboundContentSchema, type OutboundContent } from '../../whatsapp/content.ts'
import { AmbiguousSendError, retryDelayMs, WhatsAppError, WhatsAppUnreachableError } from '../../whatsapp/errors.ts'
import { preflight } from '../templates/preflight.ts'
import { messageStatusChanged } from './events.ts'
import { takeThroughput } from './sending-rate.ts'

/**
 * How long a send without an answer is given to show itself by a status before it is sent again. Longer than the
 * client waits for an answer, so that nobody sends again what another process is still sending.
 */
const RECONCILE_MS = 15_000
/** Pause while an earlier message of the same conversation is still on its way. */
const BEHIND_MS = 120
const MAX_ATTEMPTS = 8
/** Nothing is kept trying for longer than the window it was written in. */
const GIVE_UP_MS = 24 * 3600 * 1000
/** Ours, when nobody could be reached for a day. */
const UNREACHABLE = 131000

type Claim = {
  phoneNumberId: string
  to: { phone?: string; bsuid?: string }
  content: OutboundContent
  templateId: string | null
  conversationId: string
  attempts: number
  createdAt: Date
  windowExpiresAt: Date | null
}

/**
 * Sends one queued message. Its row decides: a message that has left the queue is done, one with an unanswered try is
 * first given time to show itself through a status, and one behind another of its conversation waits its turn.
 *
 * @throws TryLaterError to be run again.
 */
export async function sendQueued(
  app: AppContext,
  merchantId: string,
  messageId: string,
  { signal }: Pick<JobRun, 'signal'>,
): Promise<void> {
  const claim = await claimMessage(app, merchantId, messageId)
  if (!claim) return
  const refusal = await preflight(app, merchantId, { ...claim, messageId })
  if (refusal) return fail(app, merchantId, messageId, claim, refusal.code, refusal.message)
  try {
    const { wamid } = await app.whatsapp.sendMessage(claim.phoneNumberId, {
      to: claim.to,
      content: claim.content,
      opaqueId: messageId,
      signal,
    })
    await accepted(app, merchantId, messageId, claim, wamid)
  } catch (error) {
    if (error instanceof AmbiguousSendError)
      throw new TryLaterError(RECONCILE_MS, 'the send had no answer; waiting for its status')
    if (error instanceof WhatsAppUnreachableError)
      return release(
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
      return fail(app, merchantId, messageId, claim, error.code, detail)
    return release(app, merchantId, messageId, claim, retryDelayMs(error.code, claim.attempts - 1), error.code, detail)
  }
}

type ClaimRow = Omit<Claim, 'to' | 'content'> & { content: unknown; phone: string | null; bsuid: string | null }

const BEHIND = `EXISTS (SELECT 1 FROM message e WHERE e.conversation_id = m.conversation_id AND e.status = 'QUEUED'
  AND (e.created_at, e.id) < (m.created_at, m.id))`
const identity = (kind: string): string =>
  `(SELECT value FROM customer_identity i WHERE i.customer_id = c.customer_id AND i.kind = '${kind}' ORDER BY i.created_at DESC LIMIT 1)`

/** Begins a try in one statement: of two workers the second waits for the row and then finds the try begun. */
async function claimMessage(app: AppContext, merchantId: string, messageId: string): Promise<Claim | null> {
  const [row] = await queryShop<ClaimRow>(
    app,
    merchantId,
    `UPDATE message m SET attempts = m.attempts + 1, attempted_at = now()
     FROM conversation c JOIN whatsapp_number n ON n.id = c.whatsapp_number_id
     WHERE m.id = $1 AND c.id = m.conversation_id AND m.status = 'QUEUED' AND NOT ${BEHIND}
       AND (m.attempted_at IS NULL OR m.attempted_at < now() - make_interval(secs => $2))
     RETURNING m.content, m.template_id AS "templateId", m.conversation_id AS "conversationId", m.attempts, m.created_at AS "createdAt",
       n.phone_number_id AS "phoneNumberId", c.window_expires_at AS "windowExpiresAt", ${identity('PHONE')} AS phone, ${identity('BSUID')} AS bsuid`,
    [messageId, RECONCILE_MS / 1000],
  )
  if (!row) return waitOrLeave(app, merchantId, messageId)
  const { phone, bsuid, content, ...rest } = row
  const wait = await takeThroughput(app, row.phoneNumberId)
  if (wait > 0) {
    const text = 'UPDATE message SET attempts = attempts - 1, attempted_at = NULL WHERE id = $1'
    await queryShop(app, merchantId, text, [messageId])
    throw new TryLaterError(wait, 'the number has reached its throughput')
  }
  const to = { ...(phone ? { phone } : {}), ...(bsuid ? { bsuid } : {}) }
  return { ...rest, to, content: outboundContentSchema.parse(content) }
}

/** Why a message could not be claimed: it is no longer queued, or its time has not come. */
async function waitOrLeave(app: AppContext, merchantId: string, messageId: string): Promise<null> {
  const [row] = await queryShop<{ behind: boolean; unansweredMs: number | null }>(
    app,
    merchantId,
    `SELECT ${BEHIND} AS behind, (extract(epoch FROM m.attempted_at + make_interval(secs => $2) - now()) * 1000)::float8 AS "unansweredMs"
     FROM message m WHERE m.id = $1 AND m.status = 'QUEUED'`,
    [messageId, RECONCILE_MS / 1000],
  )
  if (!row) return null
  if (row.behind) throw new TryLaterError(BEHIND_MS, 'an earlier message of the conversation is still on its way')
  throw new TryLaterError(Math.max(10, Math.ceil(row.unansweredMs ?? 0)), 'an earlier try has no answer yet')
}

async function accepted(
  app: AppContext,
  merchantId: string,
  messageId: string,
  { conversationId }: Claim,
  wamid: string,
): Promise<void> {
  const risen = await changeAndEmit(app, systemActor(merchantId), {
    change: `UPDATE message SET wamid = $7, status = 'ACCEPTED' WHERE id = $6 AND status = 'QUEUED'`,
    values: [messageId, wamid],
    drafts: [messageStatusChanged.draft(messageId, { messageId, conversationId, status: 'ACCEPTED', error: null })],
  })
  // A status may have overtaken this answer; then only the id is still news.
  const text = 'UPDATE message SET wamid = coalesce(wamid, $2) WHERE id = $1'
  if (!risen) await queryShop(app, merchantId, text, [messageId, wamid])
}

/** Nothing was sent: the try is over and the next may come after `delayMs`, unless the message has grown too old. */
async function release(
  app: AppContext,
  merchantId: string,
  messageId: string,
  claim: Claim,
  delayMs: number,
  code: number,
  why: string,
): Promise<never | void> {
  if (Date.now() - claim.createdAt.getTime() > GIVE_UP_MS) return fail(app, merchantId, messageId, claim, code, why)
  await queryShop(app, merchantId, 'UPDATE message SET attempted_at = NULL WHERE id = $1', [messageId])
  throw new TryLaterError(delayMs, why)
}

async function fail(
  app: AppContext,
  merchantId: string,
  messageId: string,
  { conversationId }: Claim,
  code: number,
  why: string,
): Promise<void> {
  const error = { code, message: why }
  await changeAndEmit(app, systemActor(merchantId), {
    change: `UPDATE message SET status = 'FAILED', error_code = $7, error_message = $8 WHERE id = $6 AND status = 'QUEUED'`,
    values: [messageId, code, why],
    drafts: [messageStatusChanged.draft(messageId, { messageId, conversationId, status: 'FAILED', error })],
  })
}
