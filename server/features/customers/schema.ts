import { mayActFor } from '../../auth/actor.ts'
import { NotFoundError } from '../../errors.ts'
import type { IdentityKind } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import type { RequestContext } from '../../graphql/context.ts'
import { orderByIds } from '../../graphql/loader.ts'
import { setOptOut } from './opt-out.ts'
import { findCustomer, findCustomers, loadCustomers, type CustomerRow, type Identity } from './queries.ts'

const IdentityKindEnum = builder.enumType('IdentityKind', {
  description: 'The kind of an identity by which a customer is recognised.',
  values: {
    PHONE: { description: 'A phone number: the digits of E.164, without "+".' },
    BSUID: { description: "WhatsApp's business-scoped user id, unique within one business." },
    PARENT_BSUID: { description: "WhatsApp's user id within the parent business of a group of businesses." },
  } satisfies Record<IdentityKind, { description: string }>,
})

const CustomerIdentity = builder.objectRef<Identity>('CustomerIdentity').implement({
  description: 'An identity by which a customer is recognised.',
  fields: (t) => ({
    kind: t.field({
      type: IdentityKindEnum,
      description: 'The kind of identity.',
      resolve: (identity) => identity.kind,
    }),
    value: t.exposeString('value', { description: 'The identity as WhatsApp reports it.' }),
  }),
})

export const Customer = builder.loadableObjectRef<CustomerRow, string>('Customer', {
  load: async (ids, ctx) =>
    orderByIds(ids, await loadCustomers(ctx.app, ctx.authorize('customers:read').merchantId, ids), 'Customer'),
})

/** The identities of a customer, loaded when the row was read without them. */
async function identitiesOf({ id, identities }: CustomerRow, _args: object, ctx: RequestContext): Promise<Identity[]> {
  return identities ?? (await Customer.getDataloader(ctx).load(id)).identities ?? []
}

function phoneOf(identities: Identity[]): string | null {
  const phone = identities.find((identity) => identity.kind === 'PHONE')
  return phone ? `+${phone.value}` : null
}

Customer.implement({
  description: 'A person who chats with the shop or orders from it.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id of the customer, a UUID.' }),
    name: t.exposeString('name', { description: 'The name in the WhatsApp profile; may be empty.' }),
    username: t.exposeString('username', {
      nullable: true,
      description: 'The WhatsApp user name, for display only; null when the customer has none.',
    }),
    language: t.exposeString('language', {
      nullable: true,
      description: 'The BCP 47 tag of the language in which the bot answers the customer; null until known.',
    }),
    optedOut: t.boolean({
      description: 'Whether the customer opted out of marketing messages. Notices about their orders are still sent.',
      resolve: (customer) => customer.optedOutAt !== null,
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When the customer was created, usually by their first message.',
      resolve: (customer) => customer.createdAt,
    }),
    phone: t.string({
      nullable: true,
      description: 'The phone number in E.164 with "+"; null when WhatsApp reports only a user id.',
      resolve: (customer, args, ctx) =>
        customer.identities ? phoneOf(customer.identities) : identitiesOf(customer, args, ctx).then(phoneOf),
    }),
    identities: t.field({
      type: [CustomerIdentity],
      description: 'Every identity of the customer.',
      resolve: identitiesOf,
    }),
  }),
})

const CustomerConnection = builder.connectionObject(
  { type: Customer, name: 'CustomerConnection', description: 'A page of customers.' },
  { name: 'CustomerEdge', description: 'A customer in a page.' },
)

const CustomerFilter = builder.inputType('CustomerFilter', {
  description: 'Conditions on a list of customers.',
  fields: (t) => ({ search: t.string({ description: 'A part of the name, user name or phone number.' }) }),
})

builder.queryFields((t) => ({
  customer: t.field({
    type: Customer,
    nullable: true,
    description: 'One customer, or null when the id is unknown in your shop.',
    args: { id: t.arg.id({ required: true, description: 'The id of the customer.' }) },
    resolve: (_root, { id }, ctx) => {
      const actor = ctx.authorize('customers:read')
      return mayActFor(actor, id) ? findCustomer(ctx.app, actor.merchantId, id) : null
    },
  }),
  customers: t.connection(
    {
      type: Customer,
      description: 'Customers, newest first.',
      args: {
        filter: t.arg({
          type: CustomerFilter,
          description: 'Conditions on the customers; all customers when left out.',
        }),
      },
      resolve: (_root, { filter, ...page }, ctx) => {
        const actor = ctx.authorize('customers:read')
        const onlyId = actor.kind === 'BOT' ? actor.customerId : undefined
        return keysetConnection(page, findCustomers(ctx.app, actor.merchantId, { search: filter?.search, onlyId }))
      },
    },
    CustomerConnection,
  ),
}))

const SetOptOutInput = builder.inputType('SetOptOutInput', {
  description: 'A customer and their choice about marketing messages.',
  fields: (t) => ({
    customerId: t.id({ required: true, description: 'The id of the customer.' }),
    optedOut: t.boolean({
      required: true,
      description: 'true: the customer opts out of marketing messages; false: they opt in again.',
    }),
  }),
})

builder.mutationField('setOptOut', (t) =>
  t.field({
    type: Customer,
    description:
      'Records that a customer opts out of marketing messages, or in again. Marketing templates are not sent to a customer who opted out; notices about their orders are. A repeated call changes nothing.',
    errors: { types: [NotFoundError] },
    args: { input: t.arg({ type: SetOptOutInput, required: true, description: 'The customer and their choice.' }) },
    resolve: (_root, { input }, ctx) => setOptOut(ctx.app, ctx.authorize('customers:write'), input),
  }),
)
