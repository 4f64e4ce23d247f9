import { authorizeBot } from '../../../auth/actor.ts'
import { builder } from '../../../graphql/builder.ts'
import type { RequestContext } from '../../../graphql/context.ts'
import { ValidationError } from '../../../errors.ts'
import { ErrorInterface } from '../../../graphql/errors.ts'
import type { BotTurnStatus } from '../../../generated/prisma/enums.ts'
import type { OutboundContent } from '../../../whatsapp/content.ts'
import { Customer } from '../../customers/schema.ts'
import { Merchant } from '../../merchants/schema.ts'
import { loadMerchant } from '../../merchants/service.ts'
import { Message } from '../messages/message-schema.ts'
import { Conversation, HandoffReasonEnum } from '../schema.ts'
import { ReplyInput, type Reply } from '../../content/reply-input.ts'
import { watchTurns } from './signals.ts'
import { claimTurn, completeTurn, failTurn, LeaseLostError, type ClaimedTurn, type FinishedTurn } from './turns.ts'

const TurnStatusEnum = builder.enumType('BotTurnStatus', {
  description: 'The state of a turn.',
  values: {
    PENDING: { description: 'The turn waits for a bot, or a bot holds its lease.' },
    DONE: { description: 'The bot completed the turn.' },
    HANDED_OVER: { description: 'The conversation was handed over to a human.' },
    SKIPPED: { description: 'A human answered the conversation, so the bot had no turn.' },
  } satisfies Record<BotTurnStatus, { description: string }>,
})

builder.objectType(LeaseLostError, {
  name: 'LeaseLostError',
  description:
    'The lease is no longer valid: the turn was completed, handed over, or claimed by another bot. Drop the turn.',
  interfaces: [ErrorInterface],
})

const BotTurn = builder.objectRef<ClaimedTurn>('BotTurn').implement({
  description: 'The oldest unanswered message of a conversation, leased to the calling bot.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id of the turn, a UUID; build idempotency keys from it.' }),
    lease: t.exposeString('lease', {
      description:
        "The proof of the lease: send it as the `storeline-lease` header to act for the turn's customer, and in `completeTurn` or `failTurn`.",
    }),
    leasedUntil: t.field({
      type: 'DateTime',
      description: 'The end of the lease; another bot may claim the turn afterwards.',
      resolve: (turn) => turn.leasedUntil,
    }),
    attempt: t.exposeInt('attempt', {
      description: 'How many times the turn has been claimed; 1 for the first claim.',
    }),
    state: t.field({
      type: 'JSON',
      description: 'The state that the bot stored in the previous turn of the conversation; {} in the first.',
      resolve: (turn) => turn.state,
    }),
    message: t.field({ type: Message, description: 'The message to answer.', resolve: (turn) => turn.messageId }),
    conversation: t.field({
      type: Conversation,
      description: 'The conversation of the message.',
      resolve: (turn) => turn.conversationId,
    }),
    customer: t.field({
      type: Customer,
      description: 'The customer who sent the message.',
      resolve: (turn) => turn.customerId,
    }),
    merchant: t.field({
      type: Merchant,
      description: 'The shop that received the message.',
      resolve: (turn, _args, ctx) => loadMerchant(ctx.app, turn.merchantId),
    }),
  }),
})

const CompletedTurn = builder.objectRef<FinishedTurn>('CompletedTurn').implement({
  description: 'A turn that was completed or failed.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id of the turn.' }),
    status: t.field({ type: TurnStatusEnum, description: 'The state of the turn.', resolve: (turn) => turn.status }),
    messages: t.field({
      type: [Message],
      description: 'The queued replies; empty when an earlier call had completed the turn.',
      resolve: (turn) => turn.messageIds,
    }),
  }),
})

/** Lets the rest of the request act for the turn's merchant and customer. */
function actOnTurn(
  ctx: RequestContext,
  turn: { id: string; merchantId: string; conversationId?: string; customerId?: string },
): void {
  if (ctx.actor?.kind !== 'IDLE_BOT' && ctx.actor?.kind !== 'BOT') return
  const { keyId, permissions } = ctx.actor
  ctx.actor = {
    kind: 'BOT',
    keyId,
    permissions,
    merchantId: turn.merchantId,
    turnId: turn.id,
    conversationId: turn.conversationId ?? '',
    customerId: turn.customerId ?? '',
  }
}

const CompleteTurnInput = builder.inputType('CompleteTurnInput', {
  description: 'The result of a turn.',
  fields: (t) => ({
    lease: t.string({ required: true, description: 'The lease of the turn, from `claimTurn`.' }),
    state: t.field({
      type: 'JSON',
      required: true,
      description: 'The state for the next turn of the conversation: JSON of at most 64 KiB.',
    }),
    replies: t.field({
      type: [ReplyInput],
      required: true,
      description: 'The replies in the order to send, at most 10. Prefer a single message.',
    }),
    handoff: t.field({
      type: HandoffReasonEnum,
      description: 'Hands the conversation over to a human for this reason; when left out, the bot keeps it.',
    }),
    language: t.string({
      description:
        'The BCP 47 tag of the language that the customer writes, stored with the customer; unchanged when left out.',
    }),
    receipt: t.boolean({
      description:
        'Whether the replies confirm an order or a payment. When WhatsApp does not answer, a receipt is sent once more and may arrive twice; other replies become UNKNOWN.',
    }),
  }),
})
const FailTurnInput = builder.inputType('FailTurnInput', {
  description: 'A turn that the bot cannot answer.',
  fields: (t) => ({
    lease: t.string({ required: true, description: 'The lease of the turn, from `claimTurn`.' }),
    error: t.string({
      required: true,
      description: 'The reason, for the log of the operator; cut off after 1000 characters.',
    }),
  }),
})

builder.mutationFields((t) => ({
  claimTurn: t.field({
    type: BotTurn,
    nullable: true,
    description:
      'Bot only: leases the oldest unanswered message of a conversation that no bot works on; null when there is none.',
    resolve: async (_root, _args, ctx) => {
      const turn = await claimTurn(ctx.app, authorizeBot(ctx.actor))
      if (turn) actOnTurn(ctx, turn)
      return turn
    },
  }),
  completeTurn: t.field({
    type: CompletedTurn,
    description: 'Bot only: stores the state, queues the replies and marks the message answered, in one transaction.',
    errors: { types: [LeaseLostError, ValidationError] },
    args: {
      input: t.arg({
        type: CompleteTurnInput,
        required: true,
        description: 'The lease, the new state and the replies.',
      }),
    },
    resolve: async (_root, { input }, ctx) => {
      const turn = await completeTurn(ctx.app, authorizeBot(ctx.actor), {
        ...input,
        replies: input.replies.map((reply) => contentOf(reply as Reply)),
      })
      actOnTurn(ctx, turn)
      return turn
    },
  }),
  failTurn: t.field({
    type: CompletedTurn,
    description:
      'Bot only: reports a failure and releases the turn, so that it can be claimed again at once. After three failures the conversation is handed over to a human. An expired lease does not count as a failure.',
    errors: { types: [LeaseLostError] },
    args: { input: t.arg({ type: FailTurnInput, required: true, description: 'The lease and the reason.' }) },
    resolve: async (_root, { input }, ctx) => {
      const turn = await failTurn(ctx.app, authorizeBot(ctx.actor), input)
      actOnTurn(ctx, turn)
      return turn
    },
  }),
}))

/** Converts a reply to message content; `completeTurn` validates its limits. */
function contentOf(reply: Reply): OutboundContent {
  const [kind, body] = Object.entries(reply).find(([, value]) => value != null) ?? ['text', { body: '' }]
  return withoutNulls({ kind, ...body }) as OutboundContent
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null && inner !== undefined)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  )
}

const BotTurnSignal = builder.objectRef<{ at: Date }>('BotTurnSignal').implement({
  description: 'A signal that turns may wait: call `claimTurn` until it returns null.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'When the server sent the signal.', resolve: (signal) => signal.at }),
  }),
})

builder.subscriptionField('botTurns', (t) =>
  t.field({
    type: BotTurnSignal,
    description:
      'Bot only: a signal on subscribing, and whenever a turn may wait. The bot counts as connected while a subscription is open.',
    subscribe: (_root, _args, ctx) => {
      authorizeBot(ctx.actor)
      return watchTurns(ctx.app)
    },
    resolve: (signal) => signal,
  }),
)
