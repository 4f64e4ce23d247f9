import { builder } from '../../graphql/builder.ts'
import { ErrorInterface } from '../../graphql/errors.ts'
import { NotFoundError, ValidationError } from '../../errors.ts'
import { Product } from '../catalog/schema.ts'
import { MediaInUseError, MediaRefusedError, MediaStorageUnavailableError } from './problems.ts'
import { setProductImage } from './library/set-product-image.ts'
import { MediaAsset, MediaProblemEnum, MediaVisibilityEnum } from './schema.ts'
import { removeMedia } from './library/remove-media.ts'
import { restoreMedia } from './library/restore-media.ts'
import { retryMedia } from './library/retry-media.ts'
import { updateMedia } from './library/update-media.ts'
import { uploadMedia } from './library/upload-media.ts'

builder.objectType(MediaRefusedError, {
  name: 'MediaRefusedError',
  description: 'The file is not a usable image. Nothing was added.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    code: t.field({
      type: MediaProblemEnum,
      description: 'Reason why the file cannot be used.',
      resolve: (error) => error.code,
    }),
  }),
})
builder.objectType(MediaStorageUnavailableError, {
  name: 'MediaStorageUnavailableError',
  description: 'Files cannot be stored at the moment. Nothing was added; the same request may be repeated later.',
  interfaces: [ErrorInterface],
})
builder.objectType(MediaInUseError, {
  name: 'MediaInUseError',
  description: 'The image is in use and was not removed.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    products: t.field({
      type: [Product],
      description: 'Products that show the image, at most 100.',
      resolve: (error) => error.uses.productIds,
    }),
    templates: t.stringList({
      description: 'Names of the templates that show the image, at most 100.',
      resolve: (error) => error.uses.templates,
    }),
  }),
})

const idempotencyKey = 'Repeating the same request with the same key does it once.'

const UploadMediaInput = builder.inputType('UploadMediaInput', {
  description: 'Image to add to the library.',
  fields: (t) => ({
    file: t.field({
      type: 'Upload',
      required: true,
      description: 'JPEG, PNG or WebP of at most 10 MB and 50 megapixels. Of an animation the first frame is taken.',
    }),
    altText: t.string({ description: 'Alternative text for screen readers, up to 500 characters.' }),
    visibility: t.field({
      type: MediaVisibilityEnum,
      description: 'Visibility, which cannot be changed later; PUBLIC when left out.',
    }),
    idempotencyKey: t.string({ description: idempotencyKey }),
  }),
})
const UpdateMediaInput = builder.inputType('UpdateMediaInput', {
  description: 'Change of an image. Fields left out keep their values.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Id of the image.' }),
    altText: t.string({ description: 'Alternative text for screen readers, up to 500 characters.' }),
    fileName: t.string({ description: 'File name to display, 1 to 120 characters.' }),
    idempotencyKey: t.string({ description: idempotencyKey }),
  }),
})
const MediaActionInput = builder.inputType('MediaActionInput', {
  description: 'Image to act on.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Id of the image.' }),
    idempotencyKey: t.string({ description: idempotencyKey }),
  }),
})
const SetProductImageInput = builder.inputType('SetProductImageInput', {
  description: 'Product and the image it shows.',
  fields: (t) => ({
    productId: t.id({ required: true, description: 'Id of the product.' }),
    mediaId: t.id({ description: 'Id of a PUBLIC image that is READY; leave out to remove the image.' }),
    idempotencyKey: t.string({ description: idempotencyKey }),
  }),
})

const which = { type: MediaActionInput, required: true, description: 'Image to act on.' } as const

builder.mutationFields((t) => ({
  uploadMedia: t.field({
    type: MediaAsset,
    description:
      'Adds an image to the library. Sent as multipart/form-data (GraphQL multipart request specification) with the header `x-graphql-yoga-csrf`; one file a request. Its sizes are rendered afterwards: follow `progress`, or wait for `media_processed`.',
    errors: { types: [ValidationError, MediaRefusedError, MediaStorageUnavailableError] },
    args: { input: t.arg({ type: UploadMediaInput, required: true, description: 'File and its properties.' }) },
    resolve: (_root, { input }, ctx) => uploadMedia(ctx.app, ctx.authorize('media:write'), input),
  }),
  updateMedia: t.field({
    type: MediaAsset,
    description: 'Changes the alternative text and the file name of an image.',
    errors: { types: [ValidationError, NotFoundError] },
    args: { input: t.arg({ type: UpdateMediaInput, required: true, description: 'Image and new values.' }) },
    resolve: (_root, { input }, ctx) => updateMedia(ctx.app, ctx.authorize('media:write'), input),
  }),
  removeMedia: t.field({
    type: MediaAsset,
    description:
      'Removes an image that no product or template shows and that is not the proof of a payment. Its files are deleted a week later; until then `restoreMedia` restores it.',
    errors: { types: [NotFoundError, MediaInUseError] },
    args: { input: t.arg(which) },
    resolve: (_root, { input }, ctx) => removeMedia(ctx.app, ctx.authorize('media:write'), input),
  }),
  restoreMedia: t.field({
    type: MediaAsset,
    description: 'Restores a removed image whose files are not deleted yet.',
    errors: { types: [NotFoundError] },
    args: { input: t.arg(which) },
    resolve: (_root, { input }, ctx) => restoreMedia(ctx.app, ctx.authorize('media:write'), input),
  }),
  retryMedia: t.field({
    type: MediaAsset,
    description: 'Retries an image that could not be fetched or processed.',
    errors: { types: [NotFoundError, ValidationError] },
    args: { input: t.arg(which) },
    resolve: (_root, { input }, ctx) => retryMedia(ctx.app, ctx.authorize('media:write'), input),
  }),
  setProductImage: t.field({
    type: Product,
    description: 'Sets or removes the image of a product.',
    errors: { types: [NotFoundError, ValidationError] },
    args: { input: t.arg({ type: SetProductImageInput, required: true, description: 'Product and image.' }) },
    resolve: (_root, { input }, ctx) => setProductImage(ctx.app, ctx.authorize('catalog:write'), input),
  }),
}))
