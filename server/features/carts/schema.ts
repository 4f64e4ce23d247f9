import { builder } from '../../graphql/builder.ts'
import { batchLoader } from '../../graphql/loader.ts'
import { Money, type MoneyValue } from '../../graphql/money.ts'
import { Variant } from '../catalog/schema.ts'
import { Customer } from '../customers/schema.ts'
import { loadCarts, type CartLineRow, type CartRow } from './queries.ts'

const lineTotal = ({ quantity, variant }: CartLineRow): number => quantity * variant.price
const subtotal = ({ lines, currency, locale }: CartRow): MoneyValue => ({
  amount: lines.reduce((sum, line) => sum + lineTotal(line), 0),
  currency,
  locale,
})

const CartLine = builder.objectRef<CartLineRow>('CartLine').implement({
  description: 'Line of a cart: a variant and its quantity.',
  fields: (t) => ({
    variant: t.field({ type: Variant, description: 'Variant in the cart.', resolve: (line) => line.variant }),
    quantity: t.exposeInt('quantity', { description: 'Number of pieces, 1 to 99.' }),
    total: t.field({
      type: Money,
      description: '`quantity` times the current price.',
      resolve: (line) => ({ amount: lineTotal(line), currency: line.variant.currency, locale: line.variant.locale }),
    }),
  }),
})

export const Cart = builder.objectRef<CartRow>('Cart').implement({
  description: 'Cart of a customer at current prices. Stock is reserved only when the order is placed.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Id of the cart, always the same for a customer.' }),
    lines: t.field({
      type: [CartLine],
      description: 'Lines, in the order they were added.',
      resolve: (cart) => cart.lines,
    }),
    subtotal: t.field({ type: Money, description: 'Sum of the lines, without the delivery fee.', resolve: subtotal }),
  }),
})

const cartOf = batchLoader<string, CartRow>(
  (customerIds, ctx) => loadCarts(ctx.app, ctx.authorize('customers:read').merchantId, customerIds),
  (customerId) => {
    throw new Error(`The cart of customer ${customerId} was not loaded`)
  },
)

builder.objectField(Customer, 'cart', (t) =>
  t.field({
    type: Cart,
    description: 'Cart of the customer, which may be empty.',
    resolve: (customer, _args, ctx) => cartOf(ctx).load(customer.id),
  }),
)
