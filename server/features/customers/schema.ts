import { mayActFor } from '../../auth/actor.ts'
import { NotFoundError } from '../../errors.ts'
import type { IdentityKind } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import type { RequestContext } from '../../graphql/context.ts'
import { inOrder } from '../../graphql/loader.ts'
import { setOptOut } from './opt-out.ts'
import { findCustomer, findCustomers, loadCustomers, type CustomerRow, type Identity } from './queries.ts'

const IdentityKindEnum = builder.enumType('IdentityKind', {
  description: 'How a customer is recognised.',
  values: {
    PHONE: { description: 'A phone number: E.164 digits, without "+".' },
    BSUID: { description: "WhatsApp's user id, valid for this business only." },
    PARENT_BSUID: { description: "WhatsApp's user id, valid for the business' whole group." },
  } satisfies Record<IdentityKind, { description: string }>,
})

const CustomerIdentity = builder.objectRef<Identity>('CustomerIdentity').implement({
  description: 'One way to recognise a customer.',
  fields: (t) => ({
    kind: t.field({ type: IdentityKindEnum, description: 'What it is.', resolve: (identity) => identity.kind }),
    value: t.exposeString('value', { description: 'As WhatsApp gives it.' }),
  }),
})

export const Customer = builder.loadableObjectRef<CustomerRow, string>('Customer', {
  load: async (ids, ctx) =>
    inOrder(ids, await loadCustomers(ctx.app, ctx.authorize('customers:read').merchantId, ids), 'Customer'),
})

/** Identities of a row that was read without them. */
async function identitiesOf({ id, identities }: CustomerRow, _args: object, ctx: RequestContext): Promise<Identity[]> {
  return identities ?? (await Customer.getDataloader(ctx).load(id)).identities ?? []
}

function phoneOf(identities: Identity[]): string | null {
  const phone = identities.find((identity) => identity.kind === 'PHONE')
  return phone ? `+${phone.value}` : null
}

Customer.implement({
  description: 'A person who writes to the shop.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the customer.' }),
    name: t.exposeString('name', { description: 'Name from the WhatsApp profile; may be empty.' }),
    username: t.exposeString('username', { nullable: true, description: 'WhatsApp user name, for display only.' }),
    language: t.exposeString('language', {
      nullable: true,
      description: 'BCP 47 tag of the language they are answered in; null until known.',
    }),
    optedOut: t.boolean({
      description: 'Whether they asked to get no advertising. Notices about their orders still reach them.',
      resolve: (customer) => customer.optedOutAt !== null,
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When they first wrote.',
      resolve: (customer) => customer.createdAt,
    }),
    phone: t.string({
      nullable: true,
      description: 'E.164 with "+", null for a customer known by user name only.',
      resolve: (customer, args, ctx) =>
        customer.identities ? phoneOf(customer.identities) : identitiesOf(customer, args, ctx).then(phoneOf),
    }),
    identities: t.field({
      type: [CustomerIdentity],
      description: 'Every way they are recognised.',
      resolve: identitiesOf,
    }),
  }),
})

const CustomerConnection = builder.connectionObject(
  { type: Customer, name: 'CustomerConnection', description: 'A page of customers.' },
  { name: 'CustomerEdge', description: 'A customer in a page.' },
)

const CustomerFilter = builder.inputType('CustomerFilter', {
  description: 'Narrows a list of customers.',
  fields: (t) => ({ search: t.string({ description: 'Part of the name, user name or phone number.' }) }),
})

builder.queryFields((t) => ({
  customer: t.field({
    type: Customer,
    nullable: true,
    description: 'One customer, or null when the id is unknown in your shop.',
    args: { id: t.arg.id({ required: true, description: 'The customer.' }) },
    resolve: (_root, { id }, ctx) => {
      const actor = ctx.authorize('customers:read')
      return mayActFor(actor, id) ? findCustomer(ctx.app, actor.merchantId, id) : null
    },
  }),
  customers: t.connection(
    {
      type: Customer,
      description: 'Customers, newest first.',
      args: { filter: t.arg({ type: CustomerFilter, description: 'Only these.' }) },
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
  description: 'Whether a customer wants advertising.',
  fields: (t) => ({
    customerId: t.id({ required: true, description: 'The customer.' }),
    optedOut: t.boolean({ required: true, description: 'True: no more advertising. False: it is welcome again.' }),
  }),
})

builder.mutationField('setOptOut', (t) =>
  t.field({
    type: Customer,
    description:
      'Records that a customer wants no advertising, or wants it again. Marketing templates are then not sent to them; notices about their orders are. Repeating it changes nothing.',
    errors: { types: [NotFoundError] },
    args: { input: t.arg({ type: SetOptOutInput, required: true, description: 'Who, and what they wish.' }) },
    resolve: (_root, { input }, ctx) => setOptOut(ctx.app, ctx.authorize('customers:write'), input),
  }),
)
