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
  /** Gives the turn up: its lease runs out and another bot replays it. */
  signal: AbortSignal
  /** Tries after the first to store an answer. It is worth more patience: all the work is done. */
  completeRetries: number
}

const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error'

/** The server did not take the answer, so the turn must fail rather than hang. */
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
      // Somebody else has the turn by now and answers it.
      return logger.warn(entry, 'turn lost: its lease had run out')
    case 'ValidationError':
      throw new AnswerRefusedError(completeTurn.issues)
  }
}

const giveBack = async (
  claimed: ClaimedTurn,
  error: unknown,
  { client, signal, logger }: AnswerOptions,
): Promise<void> => {
  const { lease } = claimed
  try {
    const input = { lease, error: describe(error).slice(0, 500) }
    const { failTurn } = await client.request(FailTurnDocument, { input }, { lease, signal })
    if (failTurn.__typename === 'LeaseLostError') return logger.warn('turn lost: its lease had run out')
    logger.error({ err: error }, 'turn failed')
  } catch (failure) {
    logger.error({ err: error, failure }, 'turn failed and could not be given back; its lease will run out')
  }
}

/**
 * Answers one claimed turn; never throws. A failure gives the turn back at once, so that it is tried again soon (and
 * goes to a person after three failures); when even that fails, the lease runs out by itself.
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
    if (options.signal.aborted) return logger.warn('turn dropped: stopped or out of time')
    await giveBack(claimed, error, { ...options, logger })
  }
}
