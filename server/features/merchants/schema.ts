import { builder } from '../../graphql/builder.ts'
import { Money } from '../../graphql/money.ts'
import { findNumbers, type WhatsappNumber as NumberRow } from './numbers.ts'
import { loadMerchant, type MerchantRow } from './service.ts'

const WhatsappNumber = builder.objectRef<NumberRow>('WhatsappNumber').implement({
  description: 'WhatsApp number of the shop.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Id of the number in Storeline.' }),
    phoneNumberId: t.exposeString('phoneNumberId', { description: "Meta's phone number id." }),
    displayPhone: t.exposeString('displayPhone', { description: 'Phone number in E.164 format with "+".' }),
  }),
})

export const Merchant = builder.objectRef<MerchantRow>('Merchant').implement({
  description: 'A shop. Everything else belongs to exactly one shop.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Id of the shop.' }),
    name: t.exposeString('name', { description: 'Name that customers read.' }),
    slug: t.exposeString('slug', { description: 'Lower-case name of the shop in links, unique in the installation.' }),
    currency: t.exposeString('currency', { description: 'ISO 4217 code of the currency of all amounts.' }),
    locale: t.exposeString('locale', { description: 'BCP 47 tag of the format of money and dates.' }),
    timeZone: t.exposeString('timeZone', { description: 'IANA name of the time zone.' }),
    deliveryFee: t.field({
      type: Money,
      description: 'Fee added to orders with delivery.',
      resolve: (merchant) => ({ amount: merchant.deliveryFee, currency: merchant.currency, locale: merchant.locale }),
    }),
    pickupAddress: t.exposeString('pickupAddress', {
      nullable: true,
      description: 'Address for pick-ups; null when the shop offers none.',
    }),
    phoneUrl: t.string({
      nullable: true,
      description:
        'URL of the emulated phone, on which you can write to the shop as a customer; null when real WhatsApp is connected.',
      resolve: (_merchant, _args, { app }) =>
        app.config.whatsapp.kind === 'emulator' ? `${app.config.publicUrl}/phone` : null,
    }),
    botOnline: t.exposeBoolean('botOnline', { description: 'Whether a bot is connected.' }),
    whatsappNumbers: t.field({
      type: [WhatsappNumber],
      description: 'WhatsApp numbers of the shop.',
      resolve: ({ id }, _args, ctx) => findNumbers(ctx.app, id),
    }),
  }),
})

builder.queryField('merchant', (t) =>
  t.field({
    type: Merchant,
    description: 'The shop of your session or API key.',
    resolve: (_root, _args, ctx) => loadMerchant(ctx.app, ctx.authorize('catalog:read').merchantId),
  }),
)
