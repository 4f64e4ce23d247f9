import type { Logger } from 'pino'
import { decide } from './conversation.ts'
import { CompleteTurnDocument, FailTurnDocument } from './generated/operations.ts'
import type { ClaimedTurn } from './graphql/claimed-turn.ts'
import { turnOf } from './graphql/claimed-turn.ts'
import type { Client } from './graphql/client.ts'
import { graphqlStorefront } from './graphql/storefront.ts'

export type AnswerOptions = {
  client: Client
  logger: Logger
  /** Abandons the turn: its lease expires and another bot replays it. */
  signal: AbortSignal
  /** Retries of storing an answer: more than for other requests, since all the work is done. */
  completeRetries: number
}

const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error'

/** The server rejected the answer, so a retry cannot succeed: the turn fails. */
export class AnswerRefusedError extends Error {
  readonly code = 'ANSWER_REFUSED'

  constructor(issues: readonly { path: string }[]) {
    super(`the answer was refused at ${issues.map((issue) => issue.path).join(', ')}`)
    this.name = 'AnswerRefusedError'
  }
}

const complete = async (
  claimed: ClaimedTurn,
  { client, signal, completeRetries, logger }: AnswerOptions,
): Promise<void> => {
  const started = performance.now()
  const { id: turnId, lease, customer } = claimed
  const storefront = graphqlStorefront({ client, turnId, customerId: customer.id, lease, signal })
  const { command, ...decision } = await decide(turnOf(claimed), storefront)
  const input = { lease, ...decision }
  const { completeTurn } = await client.request(
    CompleteTurnDocument,
    { input },
    { lease, signal, retries: completeRetries },
  )
  const entry = { command, replies: decision.replies.length, ms: Math.round(performance.now() - started) }
  switch (completeTurn.__typename) {
    case 'CompletedTurn':
      return logger.info({ ...entry, status: completeTurn.status }, 'turn answered')
    case 'LeaseLostError':
      // Another bot has claimed the turn and answers it.
      return logger.warn(entry, 'turn lost: its lease had expired')
    case 'ValidationError':
      throw new AnswerRefusedError(completeTurn.issues)
  }
}

const releaseTurn = async (
  claimed: ClaimedTurn,
  error: unknown,
  { client, signal, logger }: AnswerOptions,
): Promise<void> => {
  const { lease } = claimed
  try {
    const input = { lease, error: describe(error).slice(0, 500) }
    const { failTurn } = await client.request(FailTurnDocument, { input }, { lease, signal })
    if (failTurn.__typename === 'LeaseLostError') return logger.warn('turn lost: its lease had expired')
    logger.error({ err: error }, 'turn failed')
  } catch (failure) {
    logger.error({ err: error, failure }, 'turn failed and could not be released; its lease will expire')
  }
}

/**
 * Answers one claimed turn; never throws. A failure releases the turn at once, so that it is retried soon (and is handed
 * off to a person after three failures); when the release fails too, the lease expires by itself.
 */
export const answerTurn = async (claimed: ClaimedTurn, options: AnswerOptions): Promise<void> => {
  const logger = options.logger.child({
    turn: claimed.id,
    conversation: claimed.conversation.id,
    attempt: claimed.attempt,
  })
  try {
    await complete(claimed, { ...options, logger })
  } catch (error) {
    if (options.signal.aborted) return logger.warn('turn abandoned: stopped or out of time')
    await releaseTurn(claimed, error, { ...options, logger })
  }
}
