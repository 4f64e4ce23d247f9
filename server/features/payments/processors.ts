import { implementJob, TryLaterError } from '../../jobs/kit.ts'
import { closeCheckoutJob, tendPaymentJob } from './jobs.ts'
import { closeCheckout } from './service/apply-provider-status.ts'
import { tendPayment } from './service/process-due-payment.ts'

export const tendPaymentProcessor = implementJob(tendPaymentJob, async (payment, { app }) => {
  const msLeft = await tendPayment(app, payment)
  if (msLeft > 0) throw new TryLaterError(msLeft, 'the payment has time left')
})

export const closeCheckoutProcessor = implementJob(closeCheckoutJob, (payment, { app }) => closeCheckout(app, payment))
