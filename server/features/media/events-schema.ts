import { eventType } from '../../graphql/event-type.ts'
import { mediaProcessed } from './events.ts'
import { findMedia } from './queries.ts'
import { MediaAsset } from './schema.ts'

eventType(mediaProcessed, (t, payload) => ({
  mediaAsset: t.field({
    type: MediaAsset,
    nullable: true,
    description: 'Current state of the image; null once its files are deleted.',
    resolve: async (item, _args, ctx) => findMedia(ctx.app, item.event.merchantId, payload(item).mediaId),
  }),
}))
