import { builder } from '../../graphql/builder.ts'
import { Money } from '../../graphql/money.ts'
import { findNumbers, type WhatsappNumber as NumberRow } from './numbers.ts'
import { loadShop, type Shop } from './service.ts'

const WhatsappNumber = builder.objectRef<NumberRow>('WhatsappNumber').implement({
  description: 'A WhatsApp number of the shop.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the number here.' }),
    phoneNumberId: t.exposeString('phoneNumberId', { description: "Meta's id of the number." }),
    displayPhone: t.exposeString('displayPhone', { description: 'E.164, with "+".' }),
  }),
})

export const Merchant = builder.objectRef<Shop>('Merchant').implement({
  description: 'A shop: the tenant everything else belongs to.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the shop.' }),
    name: t.exposeString('name', { description: 'What customers call it.' }),
    slug: t.exposeString('slug', { description: 'Lower-case handle used in links.' }),
    currency: t.exposeString('currency', { description: 'ISO 4217 code of every amount in the shop.' }),
    locale: t.exposeString('locale', { description: 'BCP 47 tag that decides how money and dates are written.' }),
    timeZone: t.exposeString('timeZone', { description: 'IANA time zone.' }),
    deliveryFee: t.field({
      type: Money,
      description: 'Added to orders that are delivered.',
      resolve: (shop) => ({ amount: shop.deliveryFee, currency: shop.currency, locale: shop.locale }),
    }),
    pickupAddress: t.exposeString('pickupAddress', {
      nullable: true,
      description: 'Where customers collect; null when the shop offers no pick-up.',
    }),
    phoneUrl: t.string({
      nullable: true,
      description:
        'Where you can write to the shop as a customer, for trying out; null when real WhatsApp is connected.',
      resolve: (_shop, _args, { app }) =>
        app.config.whatsapp.kind === 'emulator' ? `${app.config.publicUrl}/phone` : null,
    }),
    botOnline: t.exposeBoolean('botOnline', { description: 'Whether a bot is connected and answering.' }),
    whatsappNumbers: t.field({
      type: [WhatsappNumber],
      description: 'Numbers customers write to.',
      resolve: ({ id }, _args, ctx) => findNumbers(ctx.app, id),
    }),
  }),
})

builder.queryField('merchant', (t) =>
  t.field({
    type: Merchant,
    description: 'The shop you are signed in to, or your key belongs to.',
    resolve: (_root, _args, ctx) => loadShop(ctx.app, ctx.authorize('catalog:read').merchantId),
  }),
)
