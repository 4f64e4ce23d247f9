import { builder } from '../../graphql/builder.ts'
import { ErrorInterface } from '../../graphql/errors.ts'
import { NotFoundError, ValidationError } from '../../errors.ts'
import { Product } from '../catalog/schema.ts'
import { MediaInUseError, MediaRefusedError, MediaStorageUnavailableError } from './problems.ts'
import { setProductImage } from './library/set-product-image.ts'
import { MediaAsset, MediaProblemEnum, MediaVisibilityEnum } from './schema.ts'
import { removeMedia, restoreMedia, retryMedia, updateMedia } from './library/update-media.ts'
import { uploadMedia } from './library/upload-media.ts'

builder.objectType(MediaRefusedError, {
  name: 'MediaRefusedError',
  description: 'The file cannot be used as a picture. Nothing was added.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    code: t.field({ type: MediaProblemEnum, description: 'What is wrong with it.', resolve: (error) => error.code }),
  }),
})
builder.objectType(MediaStorageUnavailableError, {
  name: 'MediaStorageUnavailableError',
  description: 'Files cannot be stored at the moment. Nothing was added; the same request may be repeated later.',
  interfaces: [ErrorInterface],
})
builder.objectType(MediaInUseError, {
  name: 'MediaInUseError',
  description: 'The picture is shown somewhere and was not removed.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    products: t.field({
      type: [Product],
      description: 'The products that show it, at most 100.',
      resolve: (error) => error.uses.productIds,
    }),
    templates: t.stringList({
      description: 'Names of the templates that show it, at most 100.',
      resolve: (error) => error.uses.templates,
    }),
  }),
})

const idempotencyKey = 'Repeating the same request with the same key does it once.'

const UploadMediaInput = builder.inputType('UploadMediaInput', {
  description: 'A new picture.',
  fields: (t) => ({
    file: t.field({
      type: 'Upload',
      required: true,
      description: 'JPEG, PNG or WebP of at most 10 MB and 50 megapixels. Of an animation the first frame is taken.',
    }),
    altText: t.string({ description: 'What it shows, for people who cannot see it; up to 500 characters.' }),
    visibility: t.field({
      type: MediaVisibilityEnum,
      description: 'Who may see it, for good; PUBLIC when not given.',
    }),
    idempotencyKey: t.string({ description: idempotencyKey }),
  }),
})
const UpdateMediaInput = builder.inputType('UpdateMediaInput', {
  description: 'What to change of a picture; what is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The picture.' }),
    altText: t.string({ description: 'What it shows, for people who cannot see it; up to 500 characters.' }),
    fileName: t.string({ description: 'Its name for people, 1 to 120 characters.' }),
    idempotencyKey: t.string({ description: idempotencyKey }),
  }),
})
const MediaActionInput = builder.inputType('MediaActionInput', {
  description: 'Which picture.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The picture.' }),
    idempotencyKey: t.string({ description: idempotencyKey }),
  }),
})
const SetProductImageInput = builder.inputType('SetProductImageInput', {
  description: 'Which product shows which picture.',
  fields: (t) => ({
    productId: t.id({ required: true, description: 'The product.' }),
    mediaId: t.id({ description: 'A public picture that is READY; leave out to show none.' }),
    idempotencyKey: t.string({ description: idempotencyKey }),
  }),
})

const which = { type: MediaActionInput, required: true, description: 'Which picture.' } as const

builder.mutationFields((t) => ({
  uploadMedia: t.field({
    type: MediaAsset,
    description:
      'Adds a picture to the library. Sent as multipart/form-data (GraphQL multipart request specification) with the header `x-graphql-yoga-csrf`; one file a request. Its sizes are made afterwards: follow `progress`, or wait for `media_processed`.',
    errors: { types: [ValidationError, MediaRefusedError, MediaStorageUnavailableError] },
    args: { input: t.arg({ type: UploadMediaInput, required: true, description: 'The picture.' }) },
    resolve: (_root, { input }, ctx) => uploadMedia(ctx.app, ctx.authorize('media:write'), input),
  }),
  updateMedia: t.field({
    type: MediaAsset,
    description: 'Changes what people read of a picture.',
    errors: { types: [ValidationError, NotFoundError] },
    args: { input: t.arg({ type: UpdateMediaInput, required: true, description: 'The change.' }) },
    resolve: (_root, { input }, ctx) => updateMedia(ctx.app, ctx.authorize('media:write'), input),
  }),
  removeMedia: t.field({
    type: MediaAsset,
    description:
      'Removes a picture that no product or template shows and no payment rests on. Its files are deleted a week later; until then `restoreMedia` brings it back.',
    errors: { types: [NotFoundError, MediaInUseError] },
    args: { input: t.arg(which) },
    resolve: (_root, { input }, ctx) => removeMedia(ctx.app, ctx.authorize('media:write'), input),
  }),
  restoreMedia: t.field({
    type: MediaAsset,
    description: 'Brings a removed picture back, as long as its files are there.',
    errors: { types: [NotFoundError] },
    args: { input: t.arg(which) },
    resolve: (_root, { input }, ctx) => restoreMedia(ctx.app, ctx.authorize('media:write'), input),
  }),
  retryMedia: t.field({
    type: MediaAsset,
    description: 'Tries a picture again that could not be fetched or processed.',
    errors: { types: [NotFoundError, ValidationError] },
    args: { input: t.arg(which) },
    resolve: (_root, { input }, ctx) => retryMedia(ctx.app, ctx.authorize('media:write'), input),
  }),
  setProductImage: t.field({
    type: Product,
    description: 'Gives a product a picture of the library, or none.',
    errors: { types: [NotFoundError, ValidationError] },
    args: { input: t.arg({ type: SetProductImageInput, required: true, description: 'Which and which.' }) },
    resolve: (_root, { input }, ctx) => setProductImage(ctx.app, ctx.authorize('catalog:write'), input),
  }),
}))
