import { NotFoundError, ValidationError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { batchLoader } from '../../graphql/loader.ts'
import { Money, type MoneyValue } from '../../graphql/money.ts'
import { Variant } from '../catalog/schema.ts'
import { OutOfStockError } from '../catalog/stock.ts'
import { Customer } from '../customers/schema.ts'
import { loadCarts, type CartLineRow, type CartRow } from './queries.ts'
import { clearCart, setCartLine } from './service.ts'

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

const SetCartLineInput = builder.inputType('SetCartLineInput', {
  description: 'New quantity of a variant in a cart.',
  fields: (t) => ({
    customerId: t.id({ required: true, description: 'Id of the customer.' }),
    variantId: t.id({ required: true, description: 'Id of the variant.' }),
    quantity: t.int({ required: true, description: 'New number of pieces, 0 to 99; 0 removes the line.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

const ClearCartInput = builder.inputType('ClearCartInput', {
  description: 'Cart to empty.',
  fields: (t) => ({
    customerId: t.id({ required: true, description: 'Id of the customer.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

builder.mutationFields((t) => ({
  setCartLine: t.field({
    type: Cart,
    description: "Sets the quantity of a variant in the customer's cart. 0 removes the line.",
    errors: {
      types: [NotFoundError, ValidationError, OutOfStockError],
      union: { description: 'The changed cart, or the reason why it did not change.' },
    },
    args: { input: t.arg({ type: SetCartLineInput, required: true, description: 'Customer, variant and quantity.' }) },
    resolve: (_root, { input }, ctx) => setCartLine(ctx.app, ctx.authorize('carts:write'), input),
  }),
  clearCart: t.field({
    type: Cart,
    description: "Empties the customer's cart.",
    errors: { types: [NotFoundError], union: { description: 'The empty cart, or the reason why it was not found.' } },
    args: { input: t.arg({ type: ClearCartInput, required: true, description: 'Customer whose cart to empty.' }) },
    resolve: (_root, { input }, ctx) => clearCart(ctx.app, ctx.authorize('carts:write'), input),
  }),
}))
