import { useState } from 'react'
import { useConnection } from '../../../session/connection.ts'
import { useTransitionOrderMutation } from '../../../generated/hooks.ts'
import type { OrderAction } from '../../../generated/operations.ts'
import { errorSentence } from '../../../graphql/errors.ts'
import { createIdempotencyKey } from '../../../graphql/idempotency-key.ts'

type Transition = {
  /** Resolves to whether it succeeded. */
  run: (action: OrderAction, reason?: string) => Promise<boolean>
  pending: OrderAction | null
  /** The reason why the last attempt failed, for people. */
  problem: string | null
  dismiss: () => void
}

/** Runs an action on an order. The cache shows the expected status at once, and rolls back when the server refuses. */
export function useTransitionOrder(orderId: string): Transition {
  const [, transition] = useTransitionOrderMutation()
  const { activeQueries } = useConnection()
  const [pending, setPending] = useState<OrderAction | null>(null)
  const [problem, setProblem] = useState<string | null>(null)

  const run: Transition['run'] = async (action, reason) => {
    setProblem(null)
    setPending(action)
    const idempotencyKey = createIdempotencyKey()
    const { data, error } = await transition({ input: { orderId, action, idempotencyKey, ...(reason && { reason }) } })
    setPending(null)
    const outcome = data?.transitionOrder
    if (outcome?.__typename === 'Order') return true
    // The screen was stale (e.g. a colleague was faster): load the current state and show it beside the reason.
    activeQueries.refetch()
    if (error) setProblem(errorSentence(error))
    else if (outcome?.__typename === 'ValidationError') {
      setProblem(outcome.issues.map((issue) => issue.message).join(' ') || outcome.message)
    } else setProblem(outcome?.message ?? 'The order was not changed. Try again.')
    return false
  }
  return { run, pending, problem, dismiss: () => setProblem(null) }
}
