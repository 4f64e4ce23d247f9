import { useState } from 'react'
import type { CombinedError } from 'urql'
import {
  useConfirmPaymentMutation,
  useRecordRefundMutation,
  useStartPaymentMutation,
  useTransitionPaymentMutation,
} from '../../generated/hooks.ts'
import type { PaymentAction, PaymentMethod } from '../../generated/operations.ts'
import { errorSentence } from '../../graphql/errors.ts'
import { createIdempotencyKey } from '../../graphql/idempotency-key.ts'
import { useConnection } from '../../session/connection.ts'

type Outcome = { __typename: string; message?: string } | undefined

/** Payment actions of an order. Nothing is optimistic here, because it is about money. */
export function usePaymentActions(orderId: string) {
  const { activeQueries } = useConnection()
  const [, start] = useStartPaymentMutation()
  const [, transition] = useTransitionPaymentMutation()
  const [, confirm] = useConfirmPaymentMutation()
  const [, refund] = useRecordRefundMutation()
  const [busy, setBusy] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)

  /** Resolves to whether it succeeded. */
  async function run(
    name: string,
    request: () => Promise<{ outcome: Outcome; error: CombinedError | undefined }>,
  ): Promise<boolean> {
    setBusy(name)
    setProblem(null)
    const { outcome, error } = await request()
    setBusy(null)
    // The order's timeline and the messages to the customer have changed too.
    activeQueries.refetch()
    if (outcome?.__typename === 'Payment') return true
    setProblem(error ? errorSentence(error) : (outcome?.message ?? 'The payment was not changed. Try again.'))
    return false
  }

  return {
    busy,
    problem,
    dismiss: () => setProblem(null),
    start: (method: PaymentMethod) =>
      run('START', async () => {
        const { data, error } = await start({ input: { orderId, method, idempotencyKey: createIdempotencyKey() } })
        return { outcome: data?.startPayment, error }
      }),
    transition: (paymentId: string, action: PaymentAction, reason?: string) =>
      run(action, async () => {
        const input = { paymentId, action, idempotencyKey: createIdempotencyKey(), ...(reason ? { reason } : {}) }
        const { data, error } = await transition({ input })
        return { outcome: data?.transitionPayment, error }
      }),
    confirm: (paymentId: string) =>
      run('CONFIRM', async () => {
        const { data, error } = await confirm({ input: { paymentId } })
        return { outcome: data?.confirmPayment, error }
      }),
    refund: (paymentId: string, amount: number, reason: string) =>
      run('REFUND', async () => {
        const input = { paymentId, amount, reason, idempotencyKey: createIdempotencyKey() }
        const { data, error } = await refund({ input })
        return { outcome: data?.recordRefund, error }
      }),
  }
}

export type PaymentActions = ReturnType<typeof usePaymentActions>
