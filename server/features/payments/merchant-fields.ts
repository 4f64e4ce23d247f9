import { builder } from '../../graphql/builder.ts'
import { Merchant } from '../merchants/schema.ts'
import { offeredMethods, providerFor } from './providers/registry.ts'
import { PaymentMethodEnum } from './schema.ts'

builder.objectFields(Merchant, (t) => ({
  paymentMethods: t.field({
    type: [PaymentMethodEnum],
    description: 'How customers may pay, the usual way first.',
    resolve: (shop, _args, { app }) => offeredMethods(app.config, shop),
  }),
  onlinePayment: t.boolean({
    description: 'Whether this installation has a provider for paying online.',
    resolve: (_shop, _args, { app }) => providerFor(app.config, 'ONLINE') !== undefined,
  }),
  bankDetails: t.exposeString('bankDetails', {
    nullable: true,
    description: 'Where customers transfer to, as they are told; null when none are set.',
  }),
  paymentDueMinutes: t.exposeInt('paymentDueMinutes', {
    description: 'How long a customer may take to pay in advance.',
  }),
}))
