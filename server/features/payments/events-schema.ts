import { eventFields, eventType } from '../../graphql/event-type.ts'
import { paymentFailed, paymentReceived, paymentRefunded, paymentStatusChanged } from './events.ts'
import { Payment, PaymentStatusEnum } from './schema.ts'

for (const definition of [paymentReceived, paymentFailed, paymentRefunded, paymentStatusChanged]) {
  eventType<{ paymentId: string }>(definition, (t, payload) => ({
    payment: t.field({
      type: Payment,
      description: 'Current state of the payment.',
      resolve: (event) => payload(event).paymentId,
    }),
  }))
}

eventFields(paymentStatusChanged, (t, payload) => ({
  from: t.field({
    type: PaymentStatusEnum,
    description: 'Status before the change.',
    resolve: (event) => payload(event).from,
  }),
  to: t.field({
    type: PaymentStatusEnum,
    description: 'Status after the change.',
    resolve: (event) => payload(event).to,
  }),
}))
