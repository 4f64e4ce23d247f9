import { authorizeBot } from '../../../auth/actor.ts'
import { builder } from '../../../graphql/builder.ts'
import type { RequestContext } from '../../../graphql/context.ts'
import { ValidationError } from '../../../errors.ts'
import { ErrorInterface } from '../../../graphql/errors.ts'
import type { BotTurnStatus } from '../../../generated/prisma/enums.ts'
import type { OutboundContent } from '../../../whatsapp/content.ts'
import { Customer } from '../../customers/schema.ts'
import { Merchant } from '../../merchants/schema.ts'
import { loadShop } from '../../merchants/service.ts'
import { Message } from '../messages/message-schema.ts'
import { Conversation, HandoffReasonEnum } from '../schema.ts'
import { ReplyInput, type Reply } from '../../content/reply-input.ts'
import { watchTurns } from './signals.ts'
import { claimTurn, completeTurn, failTurn, LeaseLostError, type ClaimedTurn, type FinishedTurn } from './turns.ts'

const TurnStatusEnum = builder.enumType('BotTurnStatus', {
  description: 'What became of a turn.',
  values: {
    PENDING: { description: 'Waits for a bot.' },
    DONE: { description: 'Answered.' },
    HANDED_OVER: { description: 'Given to a human.' },
    SKIPPED: { description: 'A human had the conversation.' },
  } satisfies Record<BotTurnStatus, { description: string }>,
})

builder.objectType(LeaseLostError, {
  name: 'LeaseLostError',
  description: 'The turn was answered, taken over, or claimed by another bot. Drop it.',
  interfaces: [ErrorInterface],
})

const BotTurn = builder.objectRef<ClaimedTurn>('BotTurn').implement({
  description: 'The oldest unanswered message of one conversation, leased to the caller.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the turn; build idempotency keys from it.' }),
    lease: t.exposeString('lease', {
      description: "Present it as the `storeline-lease` header to act for this turn's customer, and in `completeTurn`.",
    }),
    leasedUntil: t.field({
      type: 'DateTime',
      description: 'After that another bot may claim the turn.',
      resolve: (turn) => turn.leasedUntil,
    }),
    attempt: t.exposeInt('attempt', { description: '1 for the first try.' }),
    state: t.field({
      type: 'JSON',
      description: 'What the bot stored at the end of the previous turn; {} at first.',
      resolve: (turn) => turn.state,
    }),
    message: t.field({ type: Message, description: 'What the customer wrote.', resolve: (turn) => turn.messageId }),
    conversation: t.field({ type: Conversation, description: 'Where.', resolve: (turn) => turn.conversationId }),
    customer: t.field({ type: Customer, description: 'Who.', resolve: (turn) => turn.customerId }),
    merchant: t.field({
      type: Merchant,
      description: 'To which shop.',
      resolve: (turn, _args, ctx) => loadShop(ctx.app, turn.merchantId),
    }),
  }),
})

const CompletedTurn = builder.objectRef<FinishedTurn>('CompletedTurn').implement({
  description: 'A turn that is over, or was given back.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The turn.' }),
    status: t.field({ type: TurnStatusEnum, description: 'What became of it.', resolve: (turn) => turn.status }),
    messages: t.field({
      type: [Message],
      description: 'The replies that were queued; empty when the turn had been completed before.',
      resolve: (turn) => turn.messageIds,
    }),
  }),
})

/** From here on the request acts in the turn's shop, for its customer. */
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
  description: 'How a turn ends.',
  fields: (t) => ({
    lease: t.string({ required: true, description: 'As claimed.' }),
    state: t.field({ type: 'JSON', required: true, description: 'What the bot wants to remember, at most 64 KiB.' }),
    replies: t.field({
      type: [ReplyInput],
      required: true,
      description: 'Sent in this order, at most 10; one composed message is best.',
    }),
    handoff: t.field({ type: HandoffReasonEnum, description: 'Moves the conversation to a human with this reason.' }),
    language: t.string({ description: 'BCP 47 tag, remembered for the customer.' }),
    receipt: t.boolean({
      description:
        'The replies confirm an order or a payment. Should WhatsApp not answer, they are rather sent twice than not at all; other replies rather once.',
    }),
  }),
})
const FailTurnInput = builder.inputType('FailTurnInput', {
  description: 'Why a turn could not be answered.',
  fields: (t) => ({
    lease: t.string({ required: true, description: 'As claimed.' }),
    error: t.string({ required: true, description: 'For the operator, at most 1000 characters.' }),
  }),
})

builder.mutationFields((t) => ({
  claimTurn: t.field({
    type: BotTurn,
    nullable: true,
    description:
      'Bot only: leases the oldest unanswered message of a free conversation, or answers null when there is none.',
    resolve: async (_root, _args, ctx) => {
      const turn = await claimTurn(ctx.app, authorizeBot(ctx.actor))
      if (turn) actOnTurn(ctx, turn)
      return turn
    },
  }),
  completeTurn: t.field({
    type: CompletedTurn,
    description: 'Bot only: stores the state, queues the replies and marks the message answered, all or nothing.',
    errors: { types: [LeaseLostError, ValidationError] },
    args: { input: t.arg({ type: CompleteTurnInput, required: true, description: 'How it ends.' }) },
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
      'Bot only: gives the turn back at once. After three failures the conversation goes to a human. A lease that runs out is no failure.',
    errors: { types: [LeaseLostError] },
    args: { input: t.arg({ type: FailTurnInput, required: true, description: 'Why.' }) },
    resolve: async (_root, { input }, ctx) => {
      const turn = await failTurn(ctx.app, authorizeBot(ctx.actor), input)
      actOnTurn(ctx, turn)
      return turn
    },
  }),
}))

/** The content a reply stands for; its limits are checked where the turn is completed. */
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
  description: 'There may be work: claim until `claimTurn` answers null.',
  fields: (t) => ({ at: t.field({ type: 'DateTime', description: 'When.', resolve: (signal) => signal.at }) }),
})

builder.subscriptionField('botTurns', (t) =>
  t.field({
    type: BotTurnSignal,
    description:
      'Bot only: a signal whenever there may be work, one at once on subscribing. While it is open the bot counts as connected.',
    subscribe: (_root, _args, ctx) => {
      authorizeBot(ctx.actor)
      return watchTurns(ctx.app)
    },
    resolve: (signal) => signal,
  }),
)
