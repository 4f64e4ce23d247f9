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
  description: 'How many of a variant the customer wants.',
  fields: (t) => ({
    variant: t.field({ type: Variant, description: 'What is wanted.', resolve: (line) => line.variant }),
    quantity: t.exposeInt('quantity', { description: '1 to 99.' }),
    total: t.field({
      type: Money,
      description: "Quantity times today's price.",
      resolve: (line) => ({ amount: lineTotal(line), currency: line.variant.currency, locale: line.variant.locale }),
    }),
  }),
})

export const Cart = builder.objectRef<CartRow>('Cart').implement({
  description: "What a customer is about to order, at today's prices. Nothing is held until the order is placed.",
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the cart; it stays the same for a customer.' }),
    lines: t.field({ type: [CartLine], description: 'In the order they were added.', resolve: (cart) => cart.lines }),
    subtotal: t.field({ type: Money, description: 'Sum of the lines, without delivery.', resolve: subtotal }),
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
    description: 'What they are about to order; empty when they are not.',
    resolve: (customer, _args, ctx) => cartOf(ctx).load(customer.id),
  }),
)

const SetCartLineInput = builder.inputType('SetCartLineInput', {
  description: 'How many of a variant a customer wants.',
  fields: (t) => ({
    customerId: t.id({ required: true, description: 'Whose cart.' }),
    variantId: t.id({ required: true, description: 'What.' }),
    quantity: t.int({ required: true, description: 'How many in all, 0 to 99; 0 removes the line.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

const ClearCartInput = builder.inputType('ClearCartInput', {
  description: 'Whose cart to empty.',
  fields: (t) => ({
    customerId: t.id({ required: true, description: 'Whose cart.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

builder.mutationFields((t) => ({
  setCartLine: t.field({
    type: Cart,
    description: "Sets a line of the customer's cart. Quantity 0 removes it.",
    errors: {
      types: [NotFoundError, ValidationError, OutOfStockError],
      union: { description: 'The cart as it is now, or why it did not change.' },
    },
    args: { input: t.arg({ type: SetCartLineInput, required: true, description: 'The line.' }) },
    resolve: (_root, { input }, ctx) => setCartLine(ctx.app, ctx.authorize('carts:write'), input),
  }),
  clearCart: t.field({
    type: Cart,
    description: "Empties the customer's cart.",
    errors: { types: [NotFoundError], union: { description: 'The empty cart, or why there is none.' } },
    args: { input: t.arg({ type: ClearCartInput, required: true, description: 'Whose.' }) },
    resolve: (_root, { input }, ctx) => clearCart(ctx.app, ctx.authorize('carts:write'), input),
  }),
}))
