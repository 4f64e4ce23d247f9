import type { ChatMessage } from '../state/model.ts'

/** A message as one line, for quotes and the list of chats. */
export function previewOf(message: ChatMessage): string {
  const { body } = message
  switch (body.kind) {
    case 'text':
    case 'buttons':
    case 'list':
    case 'link':
    case 'template':
      return body.text.replace(/```|[*_~`]/g, '').replace(/\s+/g, ' ')
    case 'image':
      return body.caption ? `📷 ${body.caption}` : '📷 Photo'
    case 'choice':
      return body.title
    case 'location':
      return `📍 ${body.name ?? 'Location'}`
    case 'cart':
      return `🛒 Cart with ${body.items.length} ${body.items.length === 1 ? 'item' : 'items'}`
    case 'other':
      return `Message (${body.type})`
  }
}
