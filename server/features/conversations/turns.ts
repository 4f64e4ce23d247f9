import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { systemActor, type Actor } from '../../auth/actor.ts'
import { formatLease, parseLease } from '../../auth/lease.ts'
import type { AppContext } from '../../context.ts'
import { withTenant, type UnitOfWork } from '../../db/tenant.ts'
import { AppError, DomainError, ValidationError } from '../../errors.ts'
import type { BotTurnStatus } from '../../generated/prisma/enums.ts'
import { outboundContentSchema, type OutboundContent } from '../../whatsapp/content.ts'
import { MAX_TURN_ATTEMPTS } from './domain.ts'
import { handoffText } from './handoff-text.ts'
import { queueMessage } from './outgoing.ts'
import { handOver, lockConversation, showRead, type HandoffReason } from './service.ts'

/** Somebody else holds, or has finished, the turn. The bot drops it. */
export class LeaseLostError extends DomainError {
  constructor() {
    super(
      'The lease of this turn is over: it was answered, taken over, or claimed by another bot. Drop it and claim the next one.',
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

/** @throws AppError unless the caller is the installation's bot. */
export function authorizeBot(actor: Actor | null): void {
  if (!actor) throw new AppError('UNAUTHENTICATED', 'Send the bot key as "Authorization: Bearer <key>".')
  if (!actor.permissions.has('bot:turns'))
    throw new AppError('FORBIDDEN', 'This needs the permission "bot:turns", which only the bot key has.')
}

const LANES = 16

/** Leases the oldest unanswered message of a conversation nobody works on, or null when there is none. */
export async function claimTurn(app: AppContext, actor: Actor | null): Promise<ClaimedTurn | null> {
  authorizeBot(actor)
  for (const { merchantId, conversationId } of await app.lookups.claimableLanes(LANES)) {
    const turn = await withTenant(app, systemActor(merchantId), (unit) => claimInLane(unit, conversationId))
    if (turn) return turn
  }
  return null
}

type LaneRow = { id: string; messageId: string; attempts: number; leased: boolean; customerId: string; state: unknown }

async function claimInLane(unit: UnitOfWork, conversationId: string): Promise<ClaimedTurn | null> {
  const { tx, app, merchantId } = unit
  // A lane that another claimer has locked is being served; the next one is free.
  const locked = await tx.$queryRaw<
    { id: string }[]
  >`SELECT id FROM conversation WHERE id = ${conversationId}::uuid FOR UPDATE SKIP LOCKED`
  if (!locked[0]) return null
  const [turn] = await tx.$queryRaw<LaneRow[]>`
    SELECT t.id, t.message_id AS "messageId", t.attempts, coalesce(t.leased_until > now(), false) AS leased, c.customer_id AS "customerId", c.bot_state AS state
    FROM bot_turn t JOIN conversation c ON c.id = t.conversation_id
    WHERE t.conversation_id = ${conversationId}::uuid AND c.mode = 'BOT' AND t.status = 'PENDING' ORDER BY t.occurred_at, t.id LIMIT 1`
  if (!turn || turn.leased) return null
  if (turn.attempts >= MAX_TURN_ATTEMPTS) {
    await giveUp(unit, conversationId)
    return null
  }
  const token = randomUUID()
  // By the database's clock, which also judges whether a lease is over: clocks of nodes may differ.
  const [lease] = await tx.$queryRaw<{ leasedUntil: Date }[]>`
    UPDATE bot_turn SET lease_token = ${token}::uuid, leased_until = now() + make_interval(secs => ${app.config.botLeaseSeconds}), attempts = attempts + 1
    WHERE id = ${turn.id}::uuid RETURNING leased_until AS "leasedUntil"`
  if (!lease) return null
  return {
    id: turn.id,
    lease: formatLease({ merchantId, turnId: turn.id, token }),
    leasedUntil: lease.leasedUntil,
    attempt: turn.attempts + 1,
    state: turn.state,
    messageId: turn.messageId,
    conversationId,
    customerId: turn.customerId,
    merchantId,
  }
}

/** The bot cannot answer: a human must, and the customer is told. */
async function giveUp(unit: UnitOfWork, conversationId: string): Promise<void> {
  await handOver(unit, { id: conversationId, mode: 'BOT' }, 'BOT_FAILED')
  const content = { kind: 'text', body: await handoffText(unit, conversationId) } as const
  await queueMessage(unit, { conversationId, author: 'SYSTEM', content })
}

export type CompleteTurn = {
  lease: string
  state?: unknown
  replies: OutboundContent[]
  handoff?: HandoffReason | null | undefined
  language?: string | null | undefined
}
export type FinishedTurn = { id: string; merchantId: string; status: BotTurnStatus; messageIds: string[] }

const MAX_STATE_BYTES = 64 * 1024
const MAX_REPLIES = 10
const language = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a BCP 47 tag such as "en" or "es-MX"')
  .nullish()

/**
 * Ends a turn: the bot's new state is stored, its replies are queued and the message counts as answered, all in one
 * transaction. Asked again with the same lease it answers the same, so a bot may repeat it after a lost answer.
 *
 * @throws LeaseLostError, or ValidationError for replies WhatsApp would not take.
 */
export async function completeTurn(app: AppContext, actor: Actor | null, input: CompleteTurn): Promise<FinishedTurn> {
  authorizeBot(actor)
  const replies = validateCompletion(input)
  const lease = heldLease(input.lease)
  const finished = await withTenant(app, systemActor(lease.merchantId), async (unit) => {
    const turn = await lockTurn(unit, lease)
    if (turn.status === 'DONE') return { ...turn, messageIds: [] as string[] }
    const { tx } = unit
    const messageIds: string[] = []
    for (const content of replies)
      messageIds.push(await queueMessage(unit, { conversationId: turn.conversationId, author: 'BOT', content }))
    await tx.$executeRaw`UPDATE conversation SET bot_state = ${JSON.stringify(input.state ?? {})}::jsonb WHERE id = ${turn.conversationId}::uuid`
    if (input.language)
      await tx.$executeRaw`UPDATE customer SET language = ${input.language} WHERE id = ${turn.customerId}::uuid AND language IS DISTINCT FROM ${input.language}`
    await tx.$executeRaw`UPDATE bot_turn SET status = 'DONE', finished_at = now() WHERE id = ${turn.id}::uuid`
    if (input.handoff) await handOver(unit, { id: turn.conversationId, mode: 'BOT' }, input.handoff)
    return { ...turn, status: 'DONE' as const, messageIds }
  })
  showRead(app, lease.merchantId, finished.conversationId)
  return { id: finished.id, merchantId: lease.merchantId, status: finished.status, messageIds: finished.messageIds }
}

/** Gives a turn back before its lease is over; the third failure hands the conversation to a human. */
export async function failTurn(
  app: AppContext,
  actor: Actor | null,
  { lease: text, error }: { lease: string; error: string },
): Promise<FinishedTurn> {
  authorizeBot(actor)
  const lease = heldLease(text)
  return withTenant(app, systemActor(lease.merchantId), async (unit) => {
    const turn = await lockTurn(unit, lease)
    if (turn.status === 'DONE') throw new LeaseLostError()
    await unit.tx
      .$executeRaw`UPDATE bot_turn SET leased_until = NULL, lease_token = NULL, error = ${error.slice(0, 1_000)} WHERE id = ${turn.id}::uuid`
    const over = turn.attempts >= MAX_TURN_ATTEMPTS
    if (over) await giveUp(unit, turn.conversationId)
    return { id: turn.id, merchantId: lease.merchantId, status: over ? 'HANDED_OVER' : 'PENDING', messageIds: [] }
  })
}

type HeldTurn = { id: string; conversationId: string; customerId: string; status: BotTurnStatus; attempts: number }

/** The turn of a lease, its lane locked. An expired lease still counts while nobody else has claimed the turn. */
async function lockTurn(unit: UnitOfWork, { turnId, token }: { turnId: string; token: string }): Promise<HeldTurn> {
  const [found] = await unit.tx.$queryRaw<
    { conversationId: string }[]
  >`SELECT conversation_id AS "conversationId" FROM bot_turn WHERE id = ${turnId}::uuid`
  if (!found) throw new LeaseLostError()
  const { customerId } = await lockConversation(unit, found.conversationId)
  const [turn] = await unit.tx.$queryRaw<Omit<HeldTurn, 'customerId'>[]>`
    SELECT id, conversation_id AS "conversationId", status, attempts FROM bot_turn
    WHERE id = ${turnId}::uuid AND lease_token = ${token}::uuid AND status IN ('PENDING', 'DONE')`
  if (!turn) throw new LeaseLostError()
  return { ...turn, customerId }
}

function heldLease(text: string) {
  const lease = parseLease(text)
  if (!lease) throw new LeaseLostError()
  return lease
}

/** Bytes of `value` as JSON; too many to count when it is nested too deep to be written at all. */
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
