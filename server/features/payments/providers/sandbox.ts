import * as z from 'zod'
import { parseStorableJson } from '../../../db/storable.ts'
import { closeCheckout, openCheckout, readCheckout } from '../sandbox/checkouts.ts'
import { isFresh, readSignature, SIGNATURE_HEADER } from '../sandbox/signature.ts'
import { WebhookRefusedError, type HostedProvider, type ProviderStatus } from './provider.ts'

const message = z.object({
  id: z.string().min(1).max(100),
  type: z.enum(['checkout.pending', 'checkout.paid', 'checkout.declined']),
  data: z.object({
    checkout: z.uuid(),
    status: z.enum(['OPEN', 'SETTLING', 'PAID', 'DECLINED', 'CLOSED']),
    amount: z.number().int().min(0),
    currency: z.string().regex(/^[A-Z]{3}$/),
  }),
})

const STATUS = { OPEN: 'PENDING', SETTLING: 'PENDING', PAID: 'CAPTURED', DECLINED: 'FAILED', CLOSED: 'FAILED' } as const

const DETAILS: Partial<Record<CheckoutData['status'], string>> = {
  DECLINED: 'The customer’s payment was declined.',
  CLOSED: 'The checkout page was closed.',
}

type CheckoutData = z.output<typeof message>['data']

const statusOf = ({
  status,
  amount,
  currency,
}: Pick<CheckoutData, 'status' | 'amount' | 'currency'>): ProviderStatus => ({
  status: STATUS[status],
  amount,
  currency,
  detail: DETAILS[status] ?? null,
})

/** A test provider without real money: on its page the customer chooses the outcome. Available with PAYMENT_SANDBOX only. */
export const sandbox: HostedProvider = {
  kind: 'HOSTED',
  name: 'sandbox',
  method: 'ONLINE',
  start: async (app, request) => {
    const { id, token } = await openCheckout(app, request)
    return { providerRef: id, checkoutUrl: `${app.config.publicUrl}/sandbox-pay/${token}` }
  },
  read: async (app, { merchantId, providerRef }) => {
    const checkout = await readCheckout(app, merchantId, providerRef)
    if (!checkout) throw new Error(`The sandbox has no checkout ${providerRef}`)
    return statusOf(checkout)
  },
  close: (app, { merchantId, providerRef }) => closeCheckout(app, merchantId, providerRef),
  readWebhook: ({ config }, raw, headers) => {
    const signature = readSignature(config.secretKey, raw, headers[SIGNATURE_HEADER])
    if (!signature) throw new WebhookRefusedError(401, 'The signature does not match the body.')
    if (!isFresh(signature, Date.now()))
      throw new WebhookRefusedError(401, 'The timestamp of the signature is too far from the current time.')
    const parsed = message.safeParse(parseJson(raw))
    if (!parsed.success)
      throw new WebhookRefusedError(400, `The body is not a webhook of the sandbox: ${z.prettifyError(parsed.error)}`)
    const { id, type, data } = parsed.data
    return { id, type, providerRef: data.checkout, reported: statusOf(data), payload: parsed.data }
  },
}

function parseJson(raw: Buffer): unknown {
  try {
    return parseStorableJson(raw.toString('utf8'))
  } catch {
    throw new WebhookRefusedError(400, 'The body is not JSON.')
  }
}
