import { systemActor } from '../../auth/actor.ts'
import type { AppContext } from '../../context.ts'
import { withTenant } from '../../db/tenant.ts'
import { TryLaterError, type JobRun } from '../../jobs/kit.ts'
import { outboundContentSchema, type OutboundContent } from '../../whatsapp/content.ts'
import { AmbiguousSendError, retryDelayMs, WhatsAppError, WhatsAppUnreachableError } from '../../whatsapp/errors.ts'
import { isWindowOpen } from './domain.ts'
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
/** Meta's code for a free-form message outside the 24-hour window. */
const WINDOW_CLOSED = 131047
/** Ours, when nobody could be reached for a day. */
const UNREACHABLE = 131000

type Claim = {
  phoneNumberId: string
  to: { phone?: string; bsuid?: string }
  content: OutboundContent
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
  if (!isWindowOpen(claim.windowExpiresAt, Date.now())) {
    return fail(
      app,
      merchantId,
      messageId,
      claim,
      WINDOW_CLOSED,
      'More than 24 hours have passed since the customer last wrote.',
    )
  }
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

type Row = {
  status: string
  attemptedAt: Date | null
  attempts: number
  content: unknown
  conversationId: string
  createdAt: Date
  phoneNumberId: string
  windowExpiresAt: Date | null
  behind: boolean
  phone: string | null
  bsuid: string | null
}

async function claimMessage(app: AppContext, merchantId: string, messageId: string): Promise<Claim | null> {
  return withTenant(app, systemActor(merchantId), async ({ tx }) => {
    const [row] = await tx.$queryRaw<Row[]>`
      SELECT m.status, m.attempted_at AS "attemptedAt", m.attempts, m.content, m.conversation_id AS "conversationId",
        m.created_at AS "createdAt", n.phone_number_id AS "phoneNumberId", c.window_expires_at AS "windowExpiresAt",
        EXISTS (SELECT 1 FROM message e WHERE e.conversation_id = m.conversation_id AND e.status = 'QUEUED'
          AND (e.created_at, e.id) < (m.created_at, m.id)) AS behind,
        (SELECT value FROM customer_identity i WHERE i.customer_id = c.customer_id AND i.kind = 'PHONE' ORDER BY i.created_at DESC LIMIT 1) AS phone,
        (SELECT value FROM customer_identity i WHERE i.customer_id = c.customer_id AND i.kind = 'BSUID' ORDER BY i.created_at DESC LIMIT 1) AS bsuid
      FROM message m JOIN conversation c ON c.id = m.conversation_id JOIN whatsapp_number n ON n.id = c.whatsapp_number_id
      WHERE m.id = ${messageId}::uuid FOR UPDATE OF m`
    if (row?.status !== 'QUEUED') return null
    if (row.behind) throw new TryLaterError(BEHIND_MS, 'an earlier message of the conversation is still on its way')
    const unanswered = row.attemptedAt ? row.attemptedAt.getTime() + RECONCILE_MS - Date.now() : 0
    if (unanswered > 0) throw new TryLaterError(unanswered, 'an earlier try has no answer yet')
    const wait = await takeThroughput(app, row.phoneNumberId)
    if (wait > 0) throw new TryLaterError(wait, 'the number has reached its throughput')
    await tx.$executeRaw`UPDATE message SET attempts = attempts + 1, attempted_at = now() WHERE id = ${messageId}::uuid`
    return {
      phoneNumberId: row.phoneNumberId,
      to: { ...(row.phone ? { phone: row.phone } : {}), ...(row.bsuid ? { bsuid: row.bsuid } : {}) },
      content: outboundContentSchema.parse(row.content),
      conversationId: row.conversationId,
      attempts: row.attempts + 1,
      createdAt: row.createdAt,
      windowExpiresAt: row.windowExpiresAt,
    }
  })
}

async function accepted(
  app: AppContext,
  merchantId: string,
  messageId: string,
  { conversationId }: Claim,
  wamid: string,
): Promise<void> {
  await withTenant(app, systemActor(merchantId), async ({ tx, emit }) => {
    // A status may have overtaken this answer; then only the id is still news.
    const risen =
      await tx.$executeRaw`UPDATE message SET wamid = ${wamid}, status = 'ACCEPTED' WHERE id = ${messageId}::uuid AND status = 'QUEUED'`
    if (risen > 0)
      emit(messageStatusChanged.draft(messageId, { messageId, conversationId, status: 'ACCEPTED', error: null }))
    else await tx.$executeRaw`UPDATE message SET wamid = coalesce(wamid, ${wamid}) WHERE id = ${messageId}::uuid`
  })
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
  await withTenant(
    app,
    systemActor(merchantId),
    ({ tx }) => tx.$executeRaw`UPDATE message SET attempted_at = NULL WHERE id = ${messageId}::uuid`,
  )
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
  await withTenant(app, systemActor(merchantId), async ({ tx, emit }) => {
    const failed = await tx.$executeRaw`
      UPDATE message SET status = 'FAILED', error_code = ${code}, error_message = ${why} WHERE id = ${messageId}::uuid AND status = 'QUEUED'`
    if (failed > 0)
      emit(
        messageStatusChanged.draft(messageId, {
          messageId,
          conversationId,
          status: 'FAILED',
          error: { code, message: why },
        }),
      )
  })
}
