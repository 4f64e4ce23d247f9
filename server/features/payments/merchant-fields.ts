import { builder } from '../../graphql/builder.ts'
import { Merchant } from '../merchants/schema.ts'
import { offeredMethods, providerFor } from './providers/registry.ts'
import { PaymentMethodEnum } from './schema.ts'

builder.objectFields(Merchant, (t) => ({
  paymentMethods: t.field({
    type: [PaymentMethodEnum],
    description: 'Payment methods the shop accepts, the default first. Never empty.',
    resolve: (merchant, _args, { app }) => offeredMethods(app.config, merchant),
  }),
  onlinePayment: t.boolean({
    description: 'Whether this installation has a provider for online payments.',
    resolve: (_merchant, _args, { app }) => providerFor(app.config, 'ONLINE') !== undefined,
  }),
  bankDetails: t.exposeString('bankDetails', {
    nullable: true,
    description: 'Account details that customers read when they choose BANK_TRANSFER; null when the shop has set none.',
  }),
  paymentDueMinutes: t.exposeInt('paymentDueMinutes', {
    description: 'Minutes a customer has to pay an order in advance: 15 to 43200.',
  }),
}))
