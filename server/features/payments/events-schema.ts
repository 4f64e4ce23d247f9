import { eventFields, eventType } from '../../graphql/event-type.ts'
import { paymentFailed, paymentReceived, paymentRefunded, paymentStatusChanged } from './events.ts'
import { Payment, PaymentStatusEnum } from './schema.ts'

for (const definition of [paymentReceived, paymentFailed, paymentRefunded, paymentStatusChanged]) {
  eventType<{ paymentId: string }>(definition, (t, payload) => ({
    payment: t.field({
      type: Payment,
      description: 'The payment, as it is now.',
      resolve: (event) => payload(event).paymentId,
    }),
  }))
}

eventFields(paymentStatusChanged, (t, payload) => ({
  from: t.field({
    type: PaymentStatusEnum,
    description: 'What the payment was.',
    resolve: (event) => payload(event).from,
  }),
  to: t.field({
    type: PaymentStatusEnum,
    description: 'What it became.',
    resolve: (event) => payload(event).to,
  }),
}))
