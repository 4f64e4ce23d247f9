import type { OutboundContent } from './content.ts'

const heading = (text: string | undefined) => (text ? { header: { type: 'text', text } } : {})
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
      const header = content.imageUrl
        ? { header: { type: 'image', image: { link: content.imageUrl } } }
        : heading(content.header)
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
          ...heading(content.header),
          body: { text: content.body },
          ...footer(content.footer),
          action: { button: content.button, sections },
        },
      }
    }
    case 'link':
      return {
        type: 'interactive',
        interactive: {
          type: 'cta_url',
          ...heading(content.header),
          body: { text: content.body },
          ...footer(content.footer),
          action: { name: 'cta_url', parameters: { display_text: content.label, url: content.url } },
        },
      }
    case 'template':
      return { type: 'template', template: toCloudTemplate(content) }
  }
}

type Template = Extract<OutboundContent, { kind: 'template' }>

/** An approved template with its parameters by name (Meta, "Send message templates"). */
function toCloudTemplate(content: Template) {
  // WhatsApp refuses values with line breaks, tabs or consecutive spaces.
  const flat = (text: string) => text.replace(/\s+/g, ' ').trim()
  const named = ({ name, text }: { name: string; text: string }) => ({
    type: 'text',
    parameter_name: name,
    text: flat(text),
  })
  const header = content.headerImageUrl
    ? [{ type: 'image', image: { link: content.headerImageUrl } }]
    : content.headerParameters?.map(named)
  const body = content.bodyParameters?.map(named)
  const buttons = (content.buttonParameters ?? []).map(({ index, kind, text }) => ({
    type: 'button',
    sub_type: kind,
    index: String(index),
    parameters: [kind === 'url' ? { type: 'text', text } : { type: 'payload', payload: text }],
  }))
  const components = [
    ...(header?.length ? [{ type: 'header', parameters: header }] : []),
    ...(body?.length ? [{ type: 'body', parameters: body }] : []),
    ...buttons,
  ]
  return {
    name: content.name,
    language: { code: toCloudLanguage(content.language) },
    ...(components.length > 0 ? { components } : {}),
  }
}

/** Converts a BCP 47 tag such as `en-US` to WhatsApp's form `en_US`. */
export const toCloudLanguage = (tag: string): string => tag.replace('-', '_')
