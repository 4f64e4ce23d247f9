import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import { ErrorInterface } from '../../graphql/errors.ts'
import { inOrder } from '../../graphql/loader.ts'
import { Money } from '../../graphql/money.ts'
import { NotFoundError, ValidationError } from '../../errors.ts'
import {
  findCategories,
  findProduct,
  findProducts,
  loadProducts,
  loadVariants,
  type CategoryRow,
  type ProductRow,
  type VariantRow,
} from './queries.ts'
import { createProduct, updateVariant } from './service.ts'
import { OutOfStockError, type Shortage } from './stock.ts'

export const Category = builder.objectRef<CategoryRow>('Category').implement({
  description: 'A shelf of the shop.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the category.' }),
    name: t.exposeString('name', { description: 'What customers read.' }),
  }),
})

export const Product = builder.loadableObjectRef<ProductRow, string>('Product', {
  load: async (ids, ctx) =>
    inOrder(ids, await loadProducts(ctx.app, ctx.authorize('catalog:read').merchantId, ids), 'Product'),
})

export const Variant = builder.loadableObjectRef<VariantRow, string>('Variant', {
  load: async (ids, ctx) =>
    inOrder(ids, await loadVariants(ctx.app, ctx.authorize('catalog:read').merchantId, ids), 'Variant'),
})

Product.implement({
  description: 'Something for sale. What is bought is one of its variants.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the product.' }),
    name: t.exposeString('name', { description: 'What customers read first.' }),
    description: t.exposeString('description', { description: 'A few sentences; may be empty.' }),
    imageUrl: t.string({
      nullable: true,
      description: 'Absolute address of the picture (JPEG), null when there is none.',
      resolve: ({ imageKey }, _args, ctx) => (imageKey ? `${ctx.app.config.publicUrl}/media/${imageKey}` : null),
    }),
    archivedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was taken off sale.',
      resolve: (product) => product.archivedAt,
    }),
    category: t.field({
      type: Category,
      nullable: true,
      description: 'The shelf it stands on.',
      resolve: (product) => product.category,
    }),
    variants: t.field({
      type: [Variant],
      description: "Its forms on sale, in the merchant's order.",
      resolve: (product) => product.variants,
    }),
  }),
})

Variant.implement({
  description: 'A buyable form of a product: a size, a pack.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the variant.' }),
    name: t.exposeString('name', { description: 'Empty when the product has a single form.' }),
    sku: t.exposeString('sku', { description: "The merchant's own code; unique in the shop." }),
    price: t.field({
      type: Money,
      description: 'What one costs now.',
      resolve: ({ price, currency, locale }) => ({ amount: price, currency, locale }),
    }),
    onHand: t.exposeInt('onHand', { description: 'How many the shop has.' }),
    available: t.exposeInt('available', { description: 'What can still be sold: on hand less reserved.' }),
    product: t.field({
      type: Product,
      description: 'The product it is a form of.',
      resolve: (variant) => variant.productId,
    }),
  }),
})

const OutOfStockLine = builder.objectRef<Shortage>('OutOfStockLine').implement({
  description: 'A line that asks for more than there is.',
  fields: (t) => ({
    variantId: t.exposeID('variantId', { description: 'The variant that is short.' }),
    productName: t.exposeString('productName', { description: 'Its product, for a message to the customer.' }),
    requested: t.exposeInt('requested', { description: 'How many were wanted.' }),
    available: t.exposeInt('available', { description: 'How many can be had.' }),
  }),
})

builder.objectType(OutOfStockError, {
  name: 'OutOfStockError',
  description: 'Less is left than was asked for. Nothing was changed.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    lines: t.field({
      type: [OutOfStockLine],
      description: 'Every line that is short.',
      resolve: (error) => error.lines,
    }),
  }),
})

const CategoryConnection = builder.connectionObject(
  { type: Category, name: 'CategoryConnection', description: 'A page of categories.' },
  { name: 'CategoryEdge', description: 'A category in a page.' },
)
const ProductConnection = builder.connectionObject(
  { type: Product, name: 'ProductConnection', description: 'A page of products.' },
  { name: 'ProductEdge', description: 'A product in a page.' },
)

const ProductFilter = builder.inputType('ProductFilter', {
  description: 'Narrows a list of products; conditions add up.',
  fields: (t) => ({
    search: t.string({ description: 'Words in the name or description.' }),
    categoryId: t.id({ description: 'Only this category.' }),
    inStock: t.boolean({ description: 'true: something can be bought; false: sold out.' }),
    includeArchived: t.boolean({ description: 'Also what was taken off sale.' }),
  }),
})

builder.queryFields((t) => ({
  categories: t.connection(
    {
      type: Category,
      description: "The shop's categories in the merchant's order.",
      resolve: (_root, args, ctx) =>
        keysetConnection(args, findCategories(ctx.app, ctx.authorize('catalog:read').merchantId)),
    },
    CategoryConnection,
  ),
  product: t.field({
    type: Product,
    nullable: true,
    description: 'One product, or null when the id is unknown in your shop.',
    args: { id: t.arg.id({ required: true, description: 'The product.' }) },
    resolve: (_root, { id }, ctx) => findProduct(ctx.app, ctx.authorize('catalog:read').merchantId, id),
  }),
  products: t.connection(
    {
      type: Product,
      description: "The catalogue in the merchant's order; what was taken off sale only when asked for.",
      args: { filter: t.arg({ type: ProductFilter, description: 'Only these.' }) },
      resolve: (_root, { filter, ...page }, ctx) =>
        keysetConnection(page, findProducts(ctx.app, ctx.authorize('catalog:read').merchantId, filter ?? {})),
    },
    ProductConnection,
  ),
}))

const CreateVariantInput = builder.inputType('CreateVariantInput', {
  description: 'A form of a new product.',
  fields: (t) => ({
    sku: t.string({ required: true, description: 'Your own code, 1 to 64 characters; unique in the shop.' }),
    name: t.string({ description: 'Up to 80 characters; leave out for a product with a single form.' }),
    price: t.field({ type: 'MinorUnits', required: true, description: "In minor units of the shop's currency." }),
    onHand: t.int({ required: true, description: 'How many there are, 0 to 1000000.' }),
  }),
})

const CreateProductInput = builder.inputType('CreateProductInput', {
  description: 'A new product and its forms.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 120 characters.' }),
    description: t.string({ description: 'Up to 2000 characters.' }),
    categoryId: t.id({ description: 'The shelf to put it on.' }),
    variants: t.field({
      type: [CreateVariantInput],
      required: true,
      description: '1 to 50, in the order to show them.',
    }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

const UpdateVariantInput = builder.inputType('UpdateVariantInput', {
  description: 'What to change of a variant; what is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The variant.' }),
    price: t.field({ type: 'MinorUnits', description: 'New price, in minor units.' }),
    onHand: t.int({ description: 'New stock; not below what orders have reserved.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

builder.mutationFields((t) => ({
  createProduct: t.field({
    type: Product,
    description: 'Adds a product to the catalogue.',
    errors: { types: [ValidationError], union: { description: 'The new product, or what is wrong with it.' } },
    args: { input: t.arg({ type: CreateProductInput, required: true, description: 'The product.' }) },
    resolve: (_root, { input }, ctx) => createProduct(ctx.app, ctx.authorize('catalog:write'), input),
  }),
  updateVariant: t.field({
    type: Variant,
    description: 'Changes the price or stock of a variant.',
    errors: {
      types: [ValidationError, NotFoundError],
      union: { description: 'The variant as it is now, or why it did not change.' },
    },
    args: { input: t.arg({ type: UpdateVariantInput, required: true, description: 'The change.' }) },
    resolve: (_root, { input }, ctx) => updateVariant(ctx.app, ctx.authorize('catalog:write'), input),
  }),
}))
