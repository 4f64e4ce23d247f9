import type { OutboundContent } from '../../../whatsapp/content.ts'
import type { TemplateContent, TemplateType } from './content.ts'

/** Rendered content as the free-form message of its type. Empty parts, such as a footer without text, are left out. */
export function freeForm(type: TemplateType, content: TemplateContent): OutboundContent {
  const { body, header, footer, buttons = [], listButton = '', sections = [], imageUrl } = content
  const framed = { ...(header ? { header } : {}), body, ...(footer ? { footer } : {}) }
  switch (type) {
    case 'TEXT':
      return { kind: 'text', body }
    case 'BUTTONS':
      return { kind: 'buttons', ...framed, buttons: buttons.map(({ id, title }) => ({ id, title })) }
    case 'LIST':
      return {
        kind: 'list',
        ...framed,
        button: listButton,
        sections: sections.map(({ title, rows }) => ({
          title,
          rows: rows.map(({ id, title: name, description }) => ({
            id,
            title: name,
            ...(description ? { description } : {}),
          })),
        })),
      }
    case 'MEDIA':
      return { kind: 'image', ...(imageUrl === undefined ? {} : { url: imageUrl }), caption: body }
  }
}
