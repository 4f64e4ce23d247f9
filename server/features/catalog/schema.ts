import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import { ErrorInterface } from '../../graphql/errors.ts'
import { orderByIds } from '../../graphql/loader.ts'
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
  description: 'Category of the catalogue.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Id of the category.' }),
    name: t.exposeString('name', { description: 'Name that customers read.' }),
  }),
})

export const Product = builder.loadableObjectRef<ProductRow, string>('Product', {
  load: async (ids, ctx) =>
    orderByIds(ids, await loadProducts(ctx.app, ctx.authorize('catalog:read').merchantId, ids), 'Product'),
})

export const Variant = builder.loadableObjectRef<VariantRow, string>('Variant', {
  load: async (ids, ctx) =>
    orderByIds(ids, await loadVariants(ctx.app, ctx.authorize('catalog:read').merchantId, ids), 'Variant'),
})

Product.implement({
  description: 'Product of the catalogue. Customers order one of its variants.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Id of the product.' }),
    name: t.exposeString('name', { description: 'Name that customers read.' }),
    description: t.exposeString('description', { description: 'Description in a few sentences; may be empty.' }),
    imageUrl: t.string({
      nullable: true,
      description: 'Absolute URL of the image (JPEG, or PNG with transparency); null when the product has none.',
      resolve: ({ imageKey }, _args, ctx) => (imageKey ? `${ctx.app.config.publicUrl}/media/${imageKey}` : null),
    }),
    archivedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Time at which it was archived; null while it is on sale.',
      resolve: (product) => product.archivedAt,
    }),
    category: t.field({
      type: Category,
      nullable: true,
      description: 'Category of the product; null when it has none.',
      resolve: (product) => product.category,
    }),
    variants: t.field({
      type: [Variant],
      description: "Variants on sale, in the merchant's order.",
      resolve: (product) => product.variants,
    }),
  }),
})

Variant.implement({
  description: 'Variant of a product that can be ordered, such as a size or a pack.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Id of the variant.' }),
    name: t.exposeString('name', { description: 'Name of the variant; empty for a product with one variant.' }),
    sku: t.exposeString('sku', { description: 'SKU, unique in the shop.' }),
    price: t.field({
      type: Money,
      description: 'Current price of one piece.',
      resolve: ({ price, currency, locale }) => ({ amount: price, currency, locale }),
    }),
    onHand: t.exposeInt('onHand', { description: 'Pieces on hand, including reserved ones.' }),
    available: t.exposeInt('available', { description: 'Pieces that can still be ordered: on hand less reserved.' }),
    product: t.field({
      type: Product,
      description: 'Product of the variant.',
      resolve: (variant) => variant.productId,
    }),
  }),
})

const OutOfStockLine = builder.objectRef<Shortage>('OutOfStockLine').implement({
  description: 'Line whose quantity exceeds the available stock.',
  fields: (t) => ({
    variantId: t.exposeID('variantId', { description: 'Id of the variant that is short.' }),
    productName: t.exposeString('productName', { description: 'Name of its product, for a message to the customer.' }),
    requested: t.exposeInt('requested', { description: 'Requested number of pieces.' }),
    available: t.exposeInt('available', { description: 'Available number of pieces.' }),
  }),
})

builder.objectType(OutOfStockError, {
  name: 'OutOfStockError',
  description: 'The available stock is too low. Nothing was changed.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    lines: t.field({
      type: [OutOfStockLine],
      description: 'All lines that exceed the available stock.',
      resolve: (error) => error.lines,
    }),
  }),
})

const CategoryConnection = builder.connectionObject(
  { type: Category, name: 'CategoryConnection', description: 'Page of a list of categories.' },
  { name: 'CategoryEdge', description: 'Category in a page, with its cursor.' },
)
const ProductConnection = builder.connectionObject(
  { type: Product, name: 'ProductConnection', description: 'Page of a list of products.' },
  { name: 'ProductEdge', description: 'Product in a page, with its cursor.' },
)

const ProductFilter = builder.inputType('ProductFilter', {
  description: 'Filters products. All conditions must hold.',
  fields: (t) => ({
    search: t.string({ description: 'Text in the name or the description.' }),
    categoryId: t.id({ description: 'Products of this category.' }),
    inStock: t.boolean({ description: 'true: products with available stock; false: sold-out products.' }),
    includeArchived: t.boolean({ description: 'true: archived products, too.' }),
  }),
})

builder.queryFields((t) => ({
  categories: t.connection(
    {
      type: Category,
      description: "Categories of the shop, in the merchant's order.",
      resolve: (_root, args, ctx) =>
        keysetConnection(args, findCategories(ctx.app, ctx.authorize('catalog:read').merchantId)),
    },
    CategoryConnection,
  ),
  product: t.field({
    type: Product,
    nullable: true,
    description: 'The product with this id, or null when your shop has none.',
    args: { id: t.arg.id({ required: true, description: 'Id of the product.' }) },
    resolve: (_root, { id }, ctx) => findProduct(ctx.app, ctx.authorize('catalog:read').merchantId, id),
  }),
  products: t.connection(
    {
      type: Product,
      description: "Products in the merchant's order, without archived ones unless the filter includes them.",
      args: {
        filter: t.arg({
          type: ProductFilter,
          description: 'Conditions on the products; all products on sale when left out.',
        }),
      },
      resolve: (_root, { filter, ...page }, ctx) =>
        keysetConnection(page, findProducts(ctx.app, ctx.authorize('catalog:read').merchantId, filter ?? {})),
    },
    ProductConnection,
  ),
}))

const CreateVariantInput = builder.inputType('CreateVariantInput', {
  description: 'Variant of a new product.',
  fields: (t) => ({
    sku: t.string({ required: true, description: 'SKU, 1 to 64 characters, unique in the shop.' }),
    name: t.string({
      description: 'Name of the variant, up to 80 characters. Leave it out for a product with one variant.',
    }),
    price: t.field({
      type: 'MinorUnits',
      required: true,
      description: "Price of one piece, in minor units of the shop's currency.",
    }),
    onHand: t.int({ required: true, description: 'Pieces on hand, 0 to 1000000.' }),
  }),
})

const CreateProductInput = builder.inputType('CreateProductInput', {
  description: 'New product with its variants.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name, 1 to 120 characters.' }),
    description: t.string({ description: 'Description, up to 2000 characters.' }),
    categoryId: t.id({ description: 'Id of its category.' }),
    variants: t.field({
      type: [CreateVariantInput],
      required: true,
      description: 'Variants, 1 to 50, in the order to show them.',
    }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

const UpdateVariantInput = builder.inputType('UpdateVariantInput', {
  description: 'Change of a variant. Fields left out keep their values.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Id of the variant.' }),
    price: t.field({ type: 'MinorUnits', description: 'New price of one piece, in minor units.' }),
    onHand: t.int({ description: 'New number of pieces on hand, at least the number reserved by orders.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

builder.mutationFields((t) => ({
  createProduct: t.field({
    type: Product,
    description: 'Adds a product to the catalogue.',
    errors: { types: [ValidationError], union: { description: 'The new product, or the values that were wrong.' } },
    args: { input: t.arg({ type: CreateProductInput, required: true, description: 'Product and its variants.' }) },
    resolve: (_root, { input }, ctx) => createProduct(ctx.app, ctx.authorize('catalog:write'), input),
  }),
  updateVariant: t.field({
    type: Variant,
    description: 'Changes the price or the stock of a variant.',
    errors: {
      types: [ValidationError, NotFoundError],
      union: { description: 'The changed variant, or the reason why it did not change.' },
    },
    args: { input: t.arg({ type: UpdateVariantInput, required: true, description: 'Variant and new values.' }) },
    resolve: (_root, { input }, ctx) => updateVariant(ctx.app, ctx.authorize('catalog:write'), input),
  }),
}))
