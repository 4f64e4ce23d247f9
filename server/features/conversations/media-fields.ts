import { builder } from '../../graphql/builder.ts'
import { batchLoader } from '../../graphql/loader.ts'
import { loadMediaOfMessages, type MediaRow } from '../media/queries.ts'
import { MediaAsset } from '../media/schema.ts'
import { Message } from './messages/message-schema.ts'

builder.objectField(MediaAsset, 'message', (t) =>
  t.field({
    type: Message,
    nullable: true,
    description: 'The customer’s message that contained the image; null for an upload.',
    resolve: (asset) => asset.messageId,
  }),
)

const mediaOfMessage = batchLoader<string, MediaRow | null>(
  async (messageIds, ctx) =>
    new Map(
      (await loadMediaOfMessages(ctx.app, ctx.authorize('media:read').merchantId, messageIds)).map((row) => [
        row.messageId as string,
        row,
      ]),
    ),
  () => null,
)
builder.objectField(Message, 'media', (t) =>
  t.field({
    type: MediaAsset,
    nullable: true,
    description:
      'The image that the customer sent, fetched from WhatsApp; null for a message without one. Needs `media:read`.',
    // Only messages of customers have files, so no other message costs a query.
    resolve: (message, _args, ctx) =>
      message.content.kind === 'image' || message.content.kind === 'document'
        ? mediaOfMessage(ctx).load(message.id)
        : null,
  }),
)
