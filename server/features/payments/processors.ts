import { implementJob, TryLaterError } from '../../jobs/kit.ts'
import { closeCheckoutJob, processDuePaymentJob } from './jobs.ts'
import { closeProviderCheckout } from './service/close-provider-checkout.ts'
import { processDuePayment, type DuePaymentSteps } from './service/process-due-payment.ts'

export const processDuePaymentProcessor = (steps: DuePaymentSteps) =>
  implementJob(processDuePaymentJob, async (payment, { app }) => {
    const msLeft = await processDuePayment(app, payment, steps)
    if (msLeft > 0) throw new TryLaterError(msLeft, 'the payment has time left')
  })

export const closeCheckoutProcessor = implementJob(closeCheckoutJob, (payment, { app }) =>
  closeProviderCheckout(app, payment),
)
