import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import type { RequestContext } from '../../graphql/context.ts'
import { batchLoader, inOrder } from '../../graphql/loader.ts'
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
  description: 'How far a picture has come.',
  values: described<MediaStatus>({
    FETCHING: 'A customer sent it; it is being fetched from WhatsApp.',
    PROCESSING: 'Its sizes are being made.',
    READY: 'Can be shown.',
    FAILED: 'Cannot be shown; failure says why.',
  }),
})
const MediaOriginEnum = builder.enumType('MediaOrigin', {
  description: 'Where a picture comes from.',
  values: described<MediaOrigin>({
    UPLOAD: 'Uploaded by staff or a partner.',
    CUSTOMER: 'Sent by a customer in chat.',
  }),
})
export const MediaVisibilityEnum = builder.enumType('MediaVisibility', {
  description: 'Who may see a picture.',
  values: described<MediaVisibility>({
    PUBLIC: 'Everybody who has its address, which nobody can guess.',
    PRIVATE: 'Who asks here; addresses are signed and hold for one to two hours.',
  }),
})
const MediaSizeEnum = builder.enumType('MediaSize', {
  description: 'Sizes a picture is kept in. A picture is never enlarged.',
  values: described<MediaSize>({
    SMALL: 'At most 256 pixels wide and high.',
    MEDIUM: 'At most 640 pixels wide and high.',
    LARGE: 'At most 1600 pixels wide and high.',
    WHATSAPP: 'As WhatsApp takes it: JPEG, or PNG where something shows through, of at most 5 MB.',
  }),
})
const MediaFormatEnum = builder.enumType('MediaFormat', {
  description: 'Formats a picture is kept in.',
  values: described<MediaFormat>({
    WEBP: 'Smaller; every current browser shows it.',
    JPEG: 'For everything else; what shows through becomes white.',
  }),
})
export const MediaProblemEnum = builder.enumType('MediaProblem', {
  description: 'Why a picture cannot be used.',
  values: described<MediaProblem>(MEDIA_PROBLEMS),
})

const MediaFailure = builder.objectRef<MediaRow>('MediaFailure').implement({
  description: 'What was wrong with a picture.',
  fields: (t) => ({
    code: t.field({
      type: MediaProblemEnum,
      description: 'For programs.',
      resolve: (asset) => asset.failureCode as MediaProblem,
    }),
    message: t.string({
      description: 'For people: what was wrong and what to do.',
      resolve: ({ failure }) => failure ?? '',
    }),
    retriable: t.boolean({ description: 'Whether `retryMedia` may help.', resolve: (asset) => mayRetry(asset) }),
  }),
})

export const MediaAsset = builder.loadableObjectRef<MediaRow, string>('MediaAsset', {
  load: async (ids, ctx) => inOrder(ids, await loadMedia(ctx.app, shopOf(ctx), ids), 'MediaAsset'),
})

MediaAsset.implement({
  description: 'A picture of the shop or of one of its customers.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the picture.' }),
    status: t.field({ type: MediaStatusEnum, description: 'How far it has come.', resolve: (asset) => asset.status }),
    origin: t.field({ type: MediaOriginEnum, description: 'Where it comes from.', resolve: (asset) => asset.origin }),
    visibility: t.field({
      type: MediaVisibilityEnum,
      description: 'Who may see it.',
      resolve: (asset) => asset.visibility,
    }),
    fileName: t.exposeString('fileName', { description: 'Its name for people; may be empty.' }),
    altText: t.exposeString('altText', { description: 'What it shows, for people who cannot see it; may be empty.' }),
    contentType: t.exposeString('contentType', {
      nullable: true,
      description: 'Media type of the file as it came, found by its content; null until it has arrived.',
    }),
    bytes: t.exposeInt('bytes', { nullable: true, description: 'Size of the file as it came.' }),
    width: t.exposeInt('width', { nullable: true, description: 'In pixels, upright.' }),
    height: t.exposeInt('height', { nullable: true, description: 'In pixels, upright.' }),
    placeholder: t.exposeString('placeholder', {
      nullable: true,
      description: 'A tiny blurred picture as a `data:` address, to show while the real one loads.',
    }),
    url: t.string({
      nullable: true,
      description:
        'Absolute address, null until the picture is ready. Of a PRIVATE one it holds for one to two hours: ask again rather than store it.',
      args: {
        size: t.arg({ type: MediaSizeEnum, required: true, defaultValue: 'MEDIUM', description: 'How large.' }),
        format: t.arg({
          type: MediaFormatEnum,
          required: true,
          defaultValue: 'WEBP',
          description: 'In which format; WHATSAPP has its own.',
        }),
      },
      resolve: (asset, { size, format }, ctx) => mediaLink(ctx.app, asset, size, format),
    }),
    progress: t.exposeInt('progress', { description: 'Percent done.' }),
    failure: t.field({
      type: MediaFailure,
      nullable: true,
      description: 'Why it cannot be used, when it is FAILED.',
      resolve: (asset) => (asset.status === 'FAILED' ? asset : null),
    }),
    removedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was removed; its files are deleted a week later.',
      resolve: (asset) => asset.archivedAt,
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was uploaded or sent.',
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
    description: 'The picture of the library it shows. Needs `media:read`; `imageUrl` does not.',
    resolve: (product, _args, ctx) => imageOfProduct(ctx).load(product.id),
  }),
)

const MediaFilter = builder.inputType('MediaFilter', {
  description: 'Narrows a list of pictures; conditions add up.',
  fields: (t) => ({
    status: t.field({ type: MediaStatusEnum, description: 'Only those that have come this far.' }),
    origin: t.field({ type: MediaOriginEnum, description: 'Only those from there.' }),
    archived: t.boolean({
      description: 'true: only removed ones whose files are still there; otherwise none of them.',
    }),
  }),
})
const MediaAssetConnection = builder.connectionObject(
  { type: MediaAsset, name: 'MediaAssetConnection', description: 'A page of pictures.' },
  { name: 'MediaAssetEdge', description: 'A picture in a page.' },
)

builder.queryFields((t) => ({
  mediaAsset: t.field({
    type: MediaAsset,
    nullable: true,
    description: 'One picture, or null when the id is unknown in your shop.',
    args: { id: t.arg.id({ required: true, description: 'The picture.' }) },
    resolve: (_root, { id }, ctx) => findMedia(ctx.app, shopOf(ctx), id),
  }),
  mediaAssets: t.connection(
    {
      type: MediaAsset,
      description: "The shop's pictures, newest first.",
      args: {
        filter: t.arg({ type: MediaFilter, description: 'Only these.' }),
        search: t.arg.string({
          description: 'Words in the file name or the description for people who cannot see it.',
        }),
      },
      resolve: (_root, { filter, search, ...page }, ctx) =>
        keysetConnection(page, findMediaAssets(ctx.app, shopOf(ctx), filter ?? {}, search)),
    },
    MediaAssetConnection,
  ),
}))
