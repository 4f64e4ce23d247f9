import { builder } from '../../graphql/builder.ts'
import { batchLoader } from '../../graphql/loader.ts'
import { loadMediaOfMessages, type MediaRow } from '../media/queries.ts'
import { MediaAsset } from '../media/schema.ts'
import { Message } from './messages/message-schema.ts'

builder.objectField(MediaAsset, 'message', (t) =>
  t.field({
    type: Message,
    nullable: true,
    description: 'The message a customer sent it with.',
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
    description: 'The picture the customer sent, fetched from WhatsApp. Needs `media:read`.',
    // Only customers' messages bring files, so reading a shop's own costs nothing.
    resolve: (message, _args, ctx) =>
      message.content.kind === 'image' || message.content.kind === 'document'
        ? mediaOfMessage(ctx).load(message.id)
        : null,
  }),
)
