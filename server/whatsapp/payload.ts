import type { OutboundContent } from './content.ts'

const footer = (text: string | undefined) => (text ? { footer: { text } } : {})

/** Our outbound content as the type-specific part of a Cloud API message (Meta, "Send messages", v25.0). */
export function toCloudContent(content: OutboundContent): Record<string, unknown> & { type: string } {
  switch (content.kind) {
    case 'text':
      return { type: 'text', text: { preview_url: content.previewUrl ?? false, body: content.body } }
    case 'image': {
      const source = content.mediaId === undefined ? { link: content.url } : { id: content.mediaId }
      return { type: 'image', image: { ...source, ...(content.caption ? { caption: content.caption } : {}) } }
    }
    case 'buttons': {
      const header = content.imageUrl ? { header: { type: 'image', image: { link: content.imageUrl } } } : {}
      const buttons = content.buttons.map(({ id, title }) => ({ type: 'reply', reply: { id, title } }))
      return {
        type: 'interactive',
        interactive: {
          type: 'button',
          ...header,
          body: { text: content.body },
          ...footer(content.footer),
          action: { buttons },
        },
      }
    }
    case 'list': {
      const sections = content.sections.map((section) => ({
        ...(section.title ? { title: section.title } : {}),
        rows: section.rows.map(({ id, title, description }) => ({
          id,
          title,
          ...(description ? { description } : {}),
        })),
      }))
      return {
        type: 'interactive',
        interactive: {
          type: 'list',
          body: { text: content.body },
          ...footer(content.footer),
          action: { button: content.button, sections },
        },
      }
    }
  }
}
