import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import type { RequestContext } from '../../graphql/context.ts'
import { batchLoader, orderByIds } from '../../graphql/loader.ts'
import type { MediaOrigin, MediaStatus, MediaVisibility } from '../../generated/prisma/enums.ts'
import { Product } from '../catalog/schema.ts'
import { MEDIA_PROBLEMS, mayRetry, type MediaProblem } from './domain.ts'
import { mediaLink, type MediaFormat, type MediaSize } from './links.ts'
import { findMedia, findMediaAssets, loadMedia, loadMediaOfProducts, type MediaRow } from './queries.ts'

const shopOf = (ctx: RequestContext): string => ctx.authorize('media:read').merchantId

const described = <Value extends string>(values: Readonly<Record<Value, string>>) =>
  Object.fromEntries(Object.entries(values).map(([name, description]) => [name, { description }])) as Record<
    Value,
    { description: string }
  >

const MediaStatusEnum = builder.enumType('MediaStatus', {
  description: 'Processing status of an image.',
  values: described<MediaStatus>({
    FETCHING: 'The image of a customer is being fetched from WhatsApp.',
    PROCESSING: 'Its sizes are being rendered.',
    READY: 'The image can be shown.',
    FAILED: 'The image cannot be shown. `failure` has the reason.',
  }),
})
const MediaOriginEnum = builder.enumType('MediaOrigin', {
  description: 'Origin of an image.',
  values: described<MediaOrigin>({
    UPLOAD: 'Uploaded by staff or a partner.',
    CUSTOMER: 'Sent by a customer in chat.',
  }),
})
export const MediaVisibilityEnum = builder.enumType('MediaVisibility', {
  description: 'Visibility of an image.',
  values: described<MediaVisibility>({
    PUBLIC: 'Everybody with its URL, which cannot be guessed.',
    PRIVATE: 'Readers of this API only: URLs are signed and expire after one to two hours.',
  }),
})
const MediaSizeEnum = builder.enumType('MediaSize', {
  description: 'Sizes of an image. Images are never enlarged.',
  values: described<MediaSize>({
    SMALL: 'At most 256 pixels wide and high.',
    MEDIUM: 'At most 640 pixels wide and high.',
    LARGE: 'At most 1600 pixels wide and high.',
    WHATSAPP: 'For WhatsApp: JPEG, or PNG for an image with transparency, of at most 5 MB.',
  }),
})
const MediaFormatEnum = builder.enumType('MediaFormat', {
  description: 'Formats of an image.',
  values: described<MediaFormat>({
    WEBP: 'Smaller files; supported by every current browser.',
    JPEG: 'For other clients. Transparent areas become white.',
  }),
})
export const MediaProblemEnum = builder.enumType('MediaProblem', {
  description: 'Reason why an image cannot be used.',
  values: described<MediaProblem>(MEDIA_PROBLEMS),
})

const MediaFailure = builder.objectRef<MediaRow>('MediaFailure').implement({
  description: 'Failure of an image.',
  fields: (t) => ({
    code: t.field({
      type: MediaProblemEnum,
      description: 'Reason as a code, for programs.',
      resolve: (asset) => asset.failureCode as MediaProblem,
    }),
    message: t.string({
      description: 'Reason and remedy as a sentence, for people.',
      resolve: ({ failure }) => failure ?? '',
    }),
    retriable: t.boolean({ description: 'Whether `retryMedia` may succeed.', resolve: (asset) => mayRetry(asset) }),
  }),
})

export const MediaAsset = builder.loadableObjectRef<MediaRow, string>('MediaAsset', {
  load: async (ids, ctx) => orderByIds(ids, await loadMedia(ctx.app, shopOf(ctx), ids), 'MediaAsset'),
})

MediaAsset.implement({
  description: 'An image of the shop or of one of its customers.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Id of the image.' }),
    status: t.field({
      type: MediaStatusEnum,
      description: 'Processing status of the image.',
      resolve: (asset) => asset.status,
    }),
    origin: t.field({
      type: MediaOriginEnum,
      description: 'Upload, or message of a customer.',
      resolve: (asset) => asset.origin,
    }),
    visibility: t.field({
      type: MediaVisibilityEnum,
      description: 'Public or private.',
      resolve: (asset) => asset.visibility,
    }),
    fileName: t.exposeString('fileName', { description: 'File name to display; may be empty.' }),
    altText: t.exposeString('altText', { description: 'Alternative text for screen readers; may be empty.' }),
    contentType: t.exposeString('contentType', {
      nullable: true,
      description: 'Media type of the original, detected from its content; null until it is fetched.',
    }),
    bytes: t.exposeInt('bytes', {
      nullable: true,
      description: 'Size of the original in bytes; null until it is fetched.',
    }),
    width: t.exposeInt('width', {
      nullable: true,
      description: 'Width of the upright image in pixels; null until it is fetched.',
    }),
    height: t.exposeInt('height', {
      nullable: true,
      description: 'Height of the upright image in pixels; null until it is fetched.',
    }),
    placeholder: t.exposeString('placeholder', {
      nullable: true,
      description: 'A tiny blurred image as a `data:` URL, to show while the image loads; null until it is ready.',
    }),
    url: t.string({
      nullable: true,
      description:
        'Absolute URL, null until the image is ready. The URL of a PRIVATE image expires after one to two hours, so do not store it.',
      args: {
        size: t.arg({ type: MediaSizeEnum, required: true, defaultValue: 'MEDIUM', description: 'Size of the image.' }),
        format: t.arg({
          type: MediaFormatEnum,
          required: true,
          defaultValue: 'WEBP',
          description: 'Format of the file. The size WHATSAPP ignores it.',
        }),
      },
      resolve: (asset, { size, format }, ctx) => mediaLink(ctx.app, asset, size, format),
    }),
    progress: t.exposeInt('progress', { description: 'Progress of the processing in percent, 0 to 100.' }),
    failure: t.field({
      type: MediaFailure,
      nullable: true,
      description: 'Reason of the failure; null unless the status is FAILED.',
      resolve: (asset) => (asset.status === 'FAILED' ? asset : null),
    }),
    removedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Time of its removal, a week before its files are deleted; null when it is not removed.',
      resolve: (asset) => asset.archivedAt,
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'Time at which it was uploaded or received.',
      resolve: (asset) => asset.createdAt,
    }),
  }),
})

const imageOfProduct = batchLoader<string, MediaRow | null>(
  (productIds, ctx) => loadMediaOfProducts(ctx.app, shopOf(ctx), productIds),
  () => null,
)
builder.objectField(Product, 'image', (t) =>
  t.field({
    type: MediaAsset,
    nullable: true,
    description:
      'Image of the product in the library; null when it has none. Requires `media:read`; `imageUrl` does not.',
    resolve: (product, _args, ctx) => imageOfProduct(ctx).load(product.id),
  }),
)

const MediaFilter = builder.inputType('MediaFilter', {
  description: 'Filters images. All conditions must hold.',
  fields: (t) => ({
    status: t.field({ type: MediaStatusEnum, description: 'Images in this status.' }),
    origin: t.field({ type: MediaOriginEnum, description: 'Images of this origin.' }),
    archived: t.boolean({
      description: 'true: removed images whose files are not deleted yet; false or left out: all others.',
    }),
  }),
})
const MediaAssetConnection = builder.connectionObject(
  { type: MediaAsset, name: 'MediaAssetConnection', description: 'Page of a list of images.' },
  { name: 'MediaAssetEdge', description: 'Image in a page, with its cursor.' },
)

builder.queryFields((t) => ({
  mediaAsset: t.field({
    type: MediaAsset,
    nullable: true,
    description: 'The image with this id, or null when your shop has none.',
    args: { id: t.arg.id({ required: true, description: 'Id of the image.' }) },
    resolve: (_root, { id }, ctx) => findMedia(ctx.app, shopOf(ctx), id),
  }),
  mediaAssets: t.connection(
    {
      type: MediaAsset,
      description: 'Images of the shop, newest first.',
      args: {
        filter: t.arg({
          type: MediaFilter,
          description: 'Conditions on the images; all that are not removed when left out.',
        }),
        search: t.arg.string({
          description: 'Words in the file name or the alternative text.',
        }),
      },
      resolve: (_root, { filter, search, ...page }, ctx) =>
        keysetConnection(page, findMediaAssets(ctx.app, shopOf(ctx), filter ?? {}, search)),
    },
    MediaAssetConnection,
  ),
}))
