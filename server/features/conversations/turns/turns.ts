import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { systemActor, type AuthorizedBot } from '../../../auth/actor.ts'
import { formatLease, parseLease } from '../../../auth/lease.ts'
import type { AppContext } from '../../../context.ts'
import { counters } from '../../../counters.ts'
import { heldByRestore } from '../../merchants/restore-hold.ts'
import { queryMerchant } from '../../../db/merchant-query.ts'
import { withTenant, type UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { DomainError, ValidationError } from '../../../errors.ts'
import { raw } from '../../../db/sql.ts'
import type { BotTurnStatus } from '../../../generated/prisma/enums.ts'
import { outboundContentSchema, type OutboundContent } from '../../../whatsapp/content.ts'
import { setLanguageSql } from '../../customers/service.ts'
import { MAX_TURN_FAILURES, type HandoffReason } from '../domain.ts'
import { waitUntilIdle } from './backpressure.ts'
import { handoffText } from './handoff-text.ts'
import { queueMessage } from '../messages/outgoing.ts'
import { handOverToHuman, sendReadReceipt } from '../service.ts'
import { lookUpClaimableConversations } from '../lookups.ts'

/** Another bot holds the turn, or the turn is finished. The bot drops it. */
export class LeaseLostError extends DomainError {
  constructor() {
    super(
      'The lease of this turn is no longer valid: the turn was answered, taken over, or claimed by another bot. Drop it and claim the next one.',
    )
  }
}

export type ClaimedTurn = {
  id: string
  lease: string
  leasedUntil: Date
  attempt: number
  state: unknown
  messageId: string
  conversationId: string
  customerId: string
  merchantId: string
}

const CANDIDATES = 16

/** Leases the oldest unanswered message of a conversation that no bot works on; null when there is none. */
export async function claimTurn(app: AppContext, _bot: AuthorizedBot): Promise<ClaimedTurn | null> {
  await waitUntilIdle()
  for (const { merchantId, conversationId } of await lookUpClaimableConversations(app, CANDIDATES)) {
    const turn = await claimTurnOf(app, merchantId, conversationId)
    if (turn) return turn
    await withTenant(app, systemActor(merchantId), (unit) => handOverIfExhausted(unit, conversationId))
  }
  return null
}

type ClaimedRow = Pick<ClaimedTurn, 'id' | 'messageId' | 'attempt' | 'leasedUntil' | 'customerId' | 'state'> & {
  lostLeases: number
  /** Whether the previous lease expired without an answer. */
  lost: boolean
}

/** The number of lost leases: those counted, and a lease that expired without a result. */
const LOST = '(t.lost_leases + (t.lease_token IS NOT NULL)::int)'

/**
 * Claims the oldest unanswered turn of a conversation in one statement: of two claimers, the second waits for the row lock
 * and then finds the turn leased. Leases use the clock of the database, because clocks of nodes differ. The more leases of
 * a turn were lost, the longer the next claim waits; other conversations are served meanwhile.
 */
async function claimTurnOf(app: AppContext, merchantId: string, conversationId: string): Promise<ClaimedTurn | null> {
  const token = randomUUID()
  const { botLeaseSeconds, botRetrySeconds } = app.config
  const [row] = await queryMerchant<ClaimedRow>(
    app,
    merchantId,
    `UPDATE bot_turn t SET lease_token = $2, attempts = t.attempts + 1, lost_leases = ${LOST},
       leased_until = now() + make_interval(secs => $3), claimable_at = now() + make_interval(secs => $3 + coalesce(($5::int[])[${LOST} + 1], 0))
     FROM conversation c, (SELECT o.id, o.lease_token IS NOT NULL AS lost FROM bot_turn o
       WHERE o.conversation_id = $1 AND o.status = 'PENDING' AND NOT ${heldByRestore('o.created_at')} ORDER BY o.occurred_at, o.id LIMIT 1) oldest
     WHERE c.id = $1 AND c.mode = 'BOT' AND t.id = oldest.id AND t.status = 'PENDING' AND t.failures < $4 AND ${LOST} <= cardinality($5::int[])
       AND (t.leased_until IS NULL OR t.leased_until < now()) AND (t.claimable_at IS NULL OR t.claimable_at < now())
     RETURNING t.id, t.message_id AS "messageId", t.attempts AS attempt, t.leased_until AS "leasedUntil", c.customer_id AS "customerId",
       c.bot_state AS state, t.lost_leases AS "lostLeases", oldest.lost`,
    [conversationId, token, botLeaseSeconds, MAX_TURN_FAILURES, botRetrySeconds],
  )
  if (!row) return null
  const { lost, lostLeases, ...turn } = row
  if (lost) {
    counters.leasesLost.inc()
    app.logger.warn({ turn: turn.id, conversation: conversationId, lostLeases }, 'a bot took a turn and went away')
  }
  return { ...turn, lease: formatLease({ merchantId, turnId: turn.id, token }), conversationId, merchantId }
}

type Exhausted = { id: string; failures: number; lost: number; waits: boolean }

/** Hands the conversation over to a human when its oldest turn was failed or lost too often. */
async function handOverIfExhausted(unit: UnitOfWork, conversationId: string): Promise<void> {
  const { tx, app } = unit
  // A locked conversation is being served.
  const locked = await tx.$queryRaw<{ mode: string }[]>`
    SELECT mode FROM conversation WHERE id = ${conversationId}::uuid FOR UPDATE SKIP LOCKED`
  if (locked[0]?.mode !== 'BOT') return
  const [turn] = await tx.$queryRaw<Exhausted[]>`
    SELECT t.id, t.failures, ${raw(LOST)} AS lost, coalesce(greatest(t.leased_until, t.claimable_at) > now(), false) AS waits
    FROM bot_turn t WHERE t.conversation_id = ${conversationId}::uuid AND t.status = 'PENDING' AND NOT ${raw(heldByRestore('t.created_at'))}
    ORDER BY t.occurred_at, t.id LIMIT 1`
  if (!turn || turn.waits) return
  if (turn.failures >= MAX_TURN_FAILURES) return handOverFailedTurn(unit, conversationId)
  if (turn.lost <= app.config.botRetrySeconds.length) return
  app.logger.error({ turn: turn.id, conversation: conversationId, lostLeases: turn.lost }, 'every bot lost this turn')
  // No message to the customer: no bot has read theirs, so any text could be wrong.
  handOverToHuman(unit, { id: conversationId, mode: 'BOT' }, 'BOT_LOST')
}

/** Hands the conversation over to a human because the bot cannot answer, and informs the customer. */
async function handOverFailedTurn(unit: UnitOfWork, conversationId: string): Promise<void> {
  handOverToHuman(unit, { id: conversationId, mode: 'BOT' }, 'BOT_FAILED')
  const content = { kind: 'text', body: await handoffText(unit, conversationId) } as const
  queueMessage(unit, { conversationId, author: 'SYSTEM', purpose: 'SHOP_NOTICE', content })
}

export type CompleteTurn = {
  lease: string
  state?: unknown
  replies: OutboundContent[]
  handoff?: HandoffReason | null | undefined
  language?: string | null | undefined
  /** The replies confirm an order or a payment: when WhatsApp does not answer, they are sent once more. */
  receipt?: boolean | null | undefined
}
export type FinishedTurn = { id: string; merchantId: string; status: BotTurnStatus; messageIds: string[] }

const MAX_STATE_BYTES = 64 * 1024
const MAX_REPLIES = 10
const language = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a BCP 47 tag such as "en" or "es-MX"')
  .nullish()

/**
 * Completes a turn: stores the new state of the bot, queues its replies and marks the message answered, in one
 * transaction. A repeated call with the same lease succeeds without effect, so a bot may retry after a lost answer.
 *
 * @throws LeaseLostError, or ValidationError for replies that WhatsApp would refuse.
 */
export async function completeTurn(app: AppContext, _bot: AuthorizedBot, input: CompleteTurn): Promise<FinishedTurn> {
  const replies = validateCompletion(input)
  const lease = heldLease(input.lease)
  const finished = await withTenant(app, systemActor(lease.merchantId), async (unit) => {
    const turn = await lockTurn(unit, lease)
    sendReadReceipt(unit, turn.conversationId)
    if (turn.status === 'DONE') return { ...turn, messageIds: [] as string[] }
    const purpose = input.receipt ? 'RECEIPT' : 'REPLY'
    const messageIds = replies.map((content) =>
      queueMessage(unit, { conversationId: turn.conversationId, author: 'BOT', purpose, content }),
    )
    unit.write`
      WITH updated_conversation AS (
        UPDATE conversation SET bot_state = ${JSON.stringify(input.state ?? {})}::jsonb WHERE id = ${turn.conversationId}::uuid
      ), updated_customer AS (${setLanguageSql(turn.customerId, input.language ?? null)})
      UPDATE bot_turn SET status = 'DONE', finished_at = now() WHERE id = ${turn.id}::uuid`
    if (input.handoff) handOverToHuman(unit, { id: turn.conversationId, mode: 'BOT' }, input.handoff)
    return { ...turn, status: 'DONE' as const, messageIds }
  })
  return { id: finished.id, merchantId: lease.merchantId, status: finished.status, messageIds: finished.messageIds }
}

/** Reports a failure and releases the turn before its lease expires; the third failure hands the conversation over to a human. */
export async function failTurn(
  app: AppContext,
  _bot: AuthorizedBot,
  { lease: text, error }: { lease: string; error: string },
): Promise<FinishedTurn> {
  const lease = heldLease(text)
  return withTenant(app, systemActor(lease.merchantId), async (unit) => {
    const turn = await lockTurn(unit, lease)
    if (turn.status === 'DONE') throw new LeaseLostError()
    unit.write`
      UPDATE bot_turn SET failures = failures + 1, leased_until = NULL, lease_token = NULL, claimable_at = NULL, error = ${error.slice(0, 1_000)}
      WHERE id = ${turn.id}::uuid`
    const over = turn.failures + 1 >= MAX_TURN_FAILURES
    if (over) await handOverFailedTurn(unit, turn.conversationId)
    return { id: turn.id, merchantId: lease.merchantId, status: over ? 'HANDED_OVER' : 'PENDING', messageIds: [] }
  })
}

type HeldTurn = { id: string; conversationId: string; customerId: string; status: BotTurnStatus; failures: number }

/** The turn of a lease, locked with its conversation. An expired lease is valid until another bot claims the turn. */
async function lockTurn({ tx }: UnitOfWork, { turnId, token }: { turnId: string; token: string }): Promise<HeldTurn> {
  const [turn] = await tx.$queryRaw<HeldTurn[]>`
    SELECT t.id, t.conversation_id AS "conversationId", c.customer_id AS "customerId", t.status, t.failures
    FROM bot_turn t JOIN conversation c ON c.id = t.conversation_id
    WHERE t.id = ${turnId}::uuid AND t.lease_token = ${token}::uuid AND t.status IN ('PENDING', 'DONE') FOR UPDATE OF c, t`
  if (!turn) throw new LeaseLostError()
  return turn
}

function heldLease(text: string) {
  const lease = parseLease(text)
  if (!lease) throw new LeaseLostError()
  return lease
}

/** The size of `value` as JSON in bytes; Infinity when it is nested too deeply to be serialised. */
function sizeOf(value: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(value))
  } catch {
    return Infinity
  }
}

function validateCompletion(input: CompleteTurn): OutboundContent[] {
  const issues: { path: string; message: string }[] = []
  if (input.replies.length > MAX_REPLIES)
    issues.push({ path: 'input.replies', message: `at most ${MAX_REPLIES} replies a turn` })
  if (sizeOf(input.state ?? {}) > MAX_STATE_BYTES)
    issues.push({ path: 'input.state', message: `at most ${MAX_STATE_BYTES} bytes of JSON` })
  const tag = language.safeParse(input.language)
  if (!tag.success)
    issues.push({ path: 'input.language', message: tag.error.issues[0]?.message ?? 'is not a language tag' })
  const replies: OutboundContent[] = []
  for (const [index, reply] of input.replies.entries()) {
    const parsed = outboundContentSchema.safeParse(reply)
    if (parsed.success) replies.push(parsed.data)
    else
      for (const issue of parsed.error.issues)
        issues.push({ path: ['input.replies', index, ...issue.path.map(String)].join('.'), message: issue.message })
  }
  if (issues.length > 0) throw new ValidationError(issues)
  return replies
}
