import { NotFoundError, ValidationError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { OutOfStockError } from '../catalog/stock.ts'
import type { RefusalReason, RefusedLine } from './lines.ts'
import { Cart } from './schema.ts'
import { clearCart, setCartLine } from './service.ts'
import { setCartLines, type FilledCart } from './set-cart-lines.ts'

const SetCartLineInput = builder.inputType('SetCartLineInput', {
  description: 'New quantity of a variant in a cart.',
  fields: (t) => ({
    customerId: t.id({ required: true, description: 'Id of the customer.' }),
    variantId: t.id({ required: true, description: 'Id of the variant.' }),
    quantity: t.int({ required: true, description: 'New number of pieces, 0 to 99; 0 removes the line.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

const CartRefusalReason = builder.enumType('CartRefusalReason', {
  description: 'Reason why a cart did not take a line.',
  values: {
    UNKNOWN: { description: 'The shop has no variant with this id or SKU.' },
    NOT_ON_SALE: { description: 'The variant or its product is archived.' },
    SOLD_OUT: { description: 'No piece is available.' },
    NOT_ENOUGH_STOCK: { description: 'Fewer pieces are available than requested.' },
    ABOVE_LIMIT: { description: 'A line has at most 99 pieces.' },
    CART_FULL: { description: 'A cart has at most 50 lines, which earlier ones have filled.' },
  } satisfies Record<RefusalReason, { description: string }>,
})

const RefusedCartLine = builder.objectRef<RefusedLine>('RefusedCartLine').implement({
  description: 'Line that a cart did not take.',
  fields: (t) => ({
    sku: t.exposeString('sku', {
      nullable: true,
      description: 'SKU of the variant. Null when the line names an unknown variant by id.',
    }),
    variantId: t.exposeID('variantId', { nullable: true, description: 'Id of the variant. Null when UNKNOWN.' }),
    productName: t.exposeString('productName', {
      nullable: true,
      description: 'Name of the product, for a message to the customer. Null when UNKNOWN.',
    }),
    variantName: t.exposeString('variantName', {
      nullable: true,
      description: 'Name of the variant; empty for the only one of a product. Null when UNKNOWN.',
    }),
    reason: t.expose('reason', { type: CartRefusalReason, description: 'Reason why the line was not taken.' }),
    requested: t.exposeInt('requested', {
      description: 'Requested number of pieces, summed over the lines of the variant.',
    }),
    available: t.exposeInt('available', {
      description: 'Available number of pieces, 0 or more; 0 when UNKNOWN or NOT_ON_SALE.',
    }),
  }),
})

const FilledCart = builder.objectRef<FilledCart>('FilledCart').implement({
  description: 'Cart after its lines were set.',
  fields: (t) => ({
    cart: t.field({
      type: Cart,
      description: 'The cart with its new lines, or as it was when none was taken.',
      resolve: ({ cart }) => cart,
    }),
    refused: t.field({
      type: [RefusedCartLine],
      description: 'Lines that were not taken, in the order of the request. Empty when all were.',
      resolve: ({ refused }) => refused,
    }),
  }),
})

const CartLineInput = builder.inputType('CartLineInput', {
  description: 'Line of a cart. It names its variant by `variantId` or by `sku`.',
  fields: (t) => ({
    variantId: t.id({ description: 'Id of the variant. Null when `sku` is given.' }),
    sku: t.string({
      description:
        'SKU of the variant, as WhatsApp reports it in the `product_retailer_id` of a cart. Null when `variantId` is given.',
    }),
    quantity: t.int({
      required: true,
      description: 'Pieces, 1 to 1,000,000. More than 99, or than are available, are refused as data.',
    }),
  }),
})

const SetCartLinesInput = builder.inputType('SetCartLinesInput', {
  description: 'New lines of a cart.',
  fields: (t) => ({
    customerId: t.id({ required: true, description: 'Id of the customer.' }),
    lines: t.field({
      type: [CartLineInput],
      required: true,
      description: 'All lines of the cart, 1 to 100, in their order. Quantities of lines of one variant are summed.',
    }),
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
  setCartLines: t.field({
    type: FilledCart,
    description:
      "Replaces the lines of the customer's cart, in one step. Lines that cannot be taken are in `refused`, with the reason; when none can be taken, the cart stays as it was.",
    errors: {
      types: [NotFoundError, ValidationError],
      union: { description: 'The cart and the lines that it did not take, or the reason why it did not change.' },
    },
    args: { input: t.arg({ type: SetCartLinesInput, required: true, description: 'Customer and lines.' }) },
    resolve: (_root, { input }, ctx) => setCartLines(ctx.app, ctx.authorize('carts:write'), input),
  }),
  clearCart: t.field({
    type: Cart,
    description: "Empties the customer's cart.",
    errors: { types: [NotFoundError], union: { description: 'The empty cart, or the reason why it was not found.' } },
    args: { input: t.arg({ type: ClearCartInput, required: true, description: 'Customer whose cart to empty.' }) },
    resolve: (_root, { input }, ctx) => clearCart(ctx.app, ctx.authorize('carts:write'), input),
  }),
}))
