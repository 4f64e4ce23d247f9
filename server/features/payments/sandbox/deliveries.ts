import type { AppContext } from '../../../context.ts'
import { markDelivered, readCheckout, type SandboxCheckout } from './checkouts.ts'
import { SIGNATURE_HEADER, signatureHeader } from './signature.ts'

const PAUSES_MS = [0, 1_000, 5_000, 30_000, 120_000, 600_000] as const
const TIMEOUT_MS = 10_000

const TYPES = {
  OPEN: 'checkout.pending',
  SETTLING: 'checkout.pending',
  PAID: 'checkout.paid',
  DECLINED: 'checkout.declined',
  CLOSED: 'checkout.declined',
} as const

/** The body of a webhook at `now` (ms). Its event id is derived from checkout and status, so that retries repeat it. */
export function webhookMessage({ id, status, amount, currency }: SandboxCheckout, now: number): string {
  return JSON.stringify({
    id: `evt_${id}_${status.toLowerCase()}`,
    type: TYPES[status],
    createdAt: new Date(now).toISOString(),
    data: { checkout: id, status, amount, currency },
  })
}

/** Sends webhooks and retries them until they are accepted. Webhooks interrupted by a shutdown are sent at the next start. */
export function createWebhookSender(app: AppContext, receiver: () => string) {
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()

  const wait = (ms: number): Promise<void> =>
    new Promise((done) => {
      const end = () => {
        clearTimeout(timer)
        stopping.signal.removeEventListener('abort', end)
        done()
      }
      const timer = setTimeout(end, ms)
      stopping.signal.addEventListener('abort', end)
      if (stopping.signal.aborted) end()
    })

  async function post(checkout: SandboxCheckout): Promise<boolean> {
    const now = Date.now()
    const body = webhookMessage(checkout, now)
    const headers = {
      'content-type': 'application/json',
      [SIGNATURE_HEADER]: signatureHeader(app.config.secretKey, body, now),
    }
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(TIMEOUT_MS)])
    const answer = await fetch(receiver(), { method: 'POST', headers, body, redirect: 'manual', signal })
    await answer.body?.cancel()
    return answer.ok
  }

  async function deliver({ id, merchantId }: SandboxCheckout): Promise<void> {
    for (let attempt = 0; attempt < PAUSES_MS.length && !stopping.signal.aborted;) {
      await wait(PAUSES_MS[attempt] ?? 0)
      if (stopping.signal.aborted) return
      try {
        const checkout = await readCheckout(app, merchantId, id)
        if (!checkout) return
        if (await post(checkout)) {
          if (checkout.status !== 'SETTLING') return await markDelivered(app, checkout)
          // The receiver knows that the payment is pending; the webhook of the final status follows once it has settled.
          await wait(checkout.msToSettle + 50)
          attempt = 0
          continue
        }
      } catch (error) {
        app.logger.debug({ err: error, checkout: id }, 'the sandbox could not deliver a webhook')
      }
      attempt++
    }
  }

  return {
    /** Sends the checkout's status to the receiver, in the background. */
    send: (checkout: SandboxCheckout): void => {
      const work = deliver(checkout).finally(() => running.delete(work))
      running.add(work)
    },
    stop: async (): Promise<void> => {
      stopping.abort()
      await Promise.allSettled(running)
    },
  }
}
