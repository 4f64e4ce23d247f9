import * as z from 'zod'

import type { WebhookDeliveries } from '../webhooks/deliveries.ts'
import { messageValue } from '../webhooks/envelope.ts'
import type { MediaStore } from '../media/media-store.ts'
import type { ChatBody, ChatMessage, Customer, ShopNumber } from '../state/model.ts'
import { chatKey } from '../state/model.ts'
import type { Store } from '../state/store.ts'

const wamid = z.string().min(1).max(256)
const replyTo = wamid.optional()

/** An action of a customer in a chat. */
export const actionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), body: z.string().min(1).max(4096), replyTo }),
  z.object({ kind: z.literal('tap'), messageWamid: wamid, choiceId: z.string().max(256) }),
  z.object({
    kind: z.literal('image'),
    mediaId: z.string().regex(/^\d{1,32}$/),
    caption: z.string().max(1024).optional(),
  }),
  z.object({
    kind: z.literal('location'),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    name: z.string().max(200).optional(),
    address: z.string().max(500).optional(),
  }),
  z.object({
    kind: z.literal('cart'),
    catalogId: z.string().max(64).default('1000000000000001'),
    text: z.string().max(1024).optional(),
    items: z
      .array(
        z.object({
          sku: z.string().min(1).max(100),
          quantity: z.number().int().min(1).max(999),
          itemPrice: z.number().min(0).default(0),
          currency: z.string().length(3).default('USD'),
        }),
      )
      .min(1)
      .max(30),
  }),
  z.object({ kind: z.literal('reaction'), messageWamid: wamid, emoji: z.string().max(20) }),
  /** Any message object as it is, `type` included: for kinds that this version does not know. */
  z.object({ kind: z.literal('raw'), part: z.looseObject({ type: z.string().min(1).max(64) }) }),
])
export type CustomerAction = z.input<typeof actionSchema>
type Action = z.infer<typeof actionSchema>

/** The action is impossible: an unknown message, choice or file. */
export class ActionError extends Error {
  override readonly name = 'ActionError'
}

type Prepared = { part: Record<string, unknown>; body?: ChatBody; contextWamid?: string | undefined }

export type CustomerActionsOptions = {
  store: Store
  deliveries: WebhookDeliveries
  media: MediaStore
  now: () => number
}

/** Performs actions of customers; each reaches the shop as a webhook. */
export function createCustomerActions(options: CustomerActionsOptions) {
  const { store } = options

  function findMessage(id: string, number: ShopNumber, customer: Customer): ChatMessage {
    const message = store.message(id)
    if (message?.phoneNumberId !== number.phoneNumberId || message.customerId !== customer.id) {
      throw new ActionError('There is no such message in this chat')
    }
    return message
  }

  function tap(message: ChatMessage, choiceId: string): Prepared {
    const contextWamid = message.wamid
    if (message.body.kind === 'buttons') {
      const button = message.body.buttons.find((candidate) => candidate.id === choiceId)
      if (button) {
        const part = { type: 'interactive', interactive: { type: 'button_reply', button_reply: button } }
        return { part, body: { kind: 'choice', ...button }, contextWamid }
      }
    }
    if (message.body.kind === 'template') {
      const button = message.body.buttons.find((candidate) => candidate.type === 'reply' && candidate.id === choiceId)
      if (button?.type === 'reply') {
        const { id, title } = button
        const part = { type: 'button', button: { payload: id, text: title } }
        return { part, body: { kind: 'choice', id, title }, contextWamid }
      }
    }
    if (message.body.kind === 'list') {
      const rows = message.body.sections.flatMap((section) => section.rows)
      const row = rows.find((candidate) => candidate.id === choiceId)
      if (row) {
        const part = { type: 'interactive', interactive: { type: 'list_reply', list_reply: row } }
        return { part, body: { kind: 'choice', ...row }, contextWamid }
      }
    }
    throw new ActionError('The message offers no such choice')
  }

  async function image(action: Extract<Action, { kind: 'image' }>, baseUrl: string): Promise<Prepared> {
    const media = await options.media.get(action.mediaId)
    if (media === undefined) throw new ActionError('There is no such file')
    const caption = action.caption ? { caption: action.caption } : {}
    const url = `${baseUrl}/_emulator/media/${media.id}`
    const file = { mime_type: media.mimeType, sha256: media.sha256, id: media.id, url }
    return {
      part: { type: 'image', image: { ...caption, ...file } },
      body: { kind: 'image', image: { mediaId: media.id }, ...caption },
    }
  }

  function cart(action: Extract<Action, { kind: 'cart' }>): Prepared {
    const { items, text } = action
    const order = {
      catalog_id: action.catalogId,
      text: text ?? '',
      product_items: items.map((item) => ({
        product_retailer_id: item.sku,
        quantity: item.quantity,
        item_price: item.itemPrice,
        currency: item.currency,
      })),
    }
    return { part: { type: 'order', order }, body: { kind: 'cart', items, ...(text ? { text } : {}) } }
  }

  function reaction(message: ChatMessage, emoji: string): Prepared {
    const { customer: _old, ...others } = message.reactions ?? {}
    store.updateMessage(message, { reactions: emoji === '' ? others : { ...others, customer: emoji } })
    return { part: { type: 'reaction', reaction: { message_id: message.wamid, ...(emoji ? { emoji } : {}) } } }
  }

  async function prepare(number: ShopNumber, customer: Customer, action: Action, baseUrl: string): Promise<Prepared> {
    switch (action.kind) {
      case 'text': {
        const contextWamid = action.replyTo && findMessage(action.replyTo, number, customer).wamid
        const part = { type: 'text', text: { body: action.body } }
        return { part, body: { kind: 'text', text: action.body }, contextWamid }
      }
      case 'tap':
        return tap(findMessage(action.messageWamid, number, customer), action.choiceId)
      case 'image':
        return image(action, baseUrl)
      case 'location': {
        const { kind: _kind, ...location } = action
        return { part: { type: 'location', location }, body: { kind: 'location', ...location } }
      }
      case 'cart':
        return cart(action)
      case 'reaction':
        return reaction(findMessage(action.messageWamid, number, customer), action.emoji)
      case 'raw':
        return { part: action.part, body: { kind: 'other', type: action.part.type } }
    }
  }

  /**
   * @param baseUrl the emulator's origin, for the URL of an image
   * @returns the wamid of the customer's message
   * @throws {ActionError} when the action is not possible in this chat
   */
  return async function act(number: ShopNumber, customer: Customer, action: Action, baseUrl: string): Promise<string> {
    const prepared = await prepare(number, customer, action, baseUrl)
    const { phoneNumberId } = number
    const { contextWamid } = prepared
    const at = options.now()
    const id = store.nextWamid(customer.waId ?? customer.bsuid)
    if (prepared.body) {
      store.addMessage({
        wamid: id,
        phoneNumberId,
        customerId: customer.id,
        from: 'customer',
        at,
        status: 'sent',
        body: prepared.body,
        ...(contextWamid ? { contextWamid } : {}),
      })
    } else store.openServiceWindow(phoneNumberId, customer.id, at)
    const value = messageValue(number, customer, { wamid: id, at, contextWamid, part: prepared.part })
    options.deliveries.enqueue({
      id: store.nextNumber(),
      queueKey: chatKey(phoneNumberId, customer.id),
      wamids: [id],
      changes: [{ wabaId: number.wabaId, field: 'messages', value }],
    })
    return id
  }
}
