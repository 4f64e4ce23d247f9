export const TEMPLATE_TYPES = ['TEXT', 'BUTTONS', 'LIST', 'MEDIA'] as const
export type TemplateType = (typeof TEMPLATE_TYPES)[number]

export type ReplyButton = { id: string; title: string }
export type ListRow = { id: string; title: string; description?: string }
export type ListSection = { title: string; rows: ListRow[] }

/** The texts and media of a template. `header`, `body`, `footer`, titles and descriptions may contain `{{placeholders}}`. */
export type TemplateContent = {
  body: string
  /** BUTTONS and LIST. */
  header?: string
  footer?: string
  /** BUTTONS: 1 to 3. */
  buttons?: ReplyButton[]
  /** LIST: the title of the button that opens the list. */
  listButton?: string
  sections?: ListSection[]
  /** MEDIA: exactly one of the two. An image of the library, or a URL that WhatsApp can fetch. */
  mediaId?: string
  imageUrl?: string
}

export type TemplateDraft = { type: TemplateType; content: TemplateContent }

/** WhatsApp's limits in Unicode code points (Meta, "Interactive messages", "Interactive list messages"), and ours for the rest. */
export const TEMPLATE_LIMITS = {
  nameMin: 3,
  nameMax: 50,
  description: 200,
  body: 1024,
  header: 60,
  footer: 60,
  buttons: 3,
  buttonTitle: 20,
  buttonId: 256,
  listButton: 20,
  sections: 10,
  rows: 10,
  sectionTitle: 24,
  rowId: 200,
  rowTitle: 24,
  rowDescription: 72,
  url: 2000,
  variables: 20,
} as const

export const lengthOf = (text: string): number => {
  let count = 0
  for (const _ of text) count += 1
  return count
}

/** A text of a template that may contain placeholders, with its path and its maximum length once filled in. */
export type TextPart = { path: string; text: string; max: number; required: boolean }

/** Every text with its limit, in reading order. */
export function textParts({ type, content }: TemplateDraft): TextPart[] {
  const parts: TextPart[] = []
  const add = (path: string, text: string | undefined, max: number, required = true) => {
    if (text !== undefined) parts.push({ path, text, max, required })
  }
  if (type === 'BUTTONS' || type === 'LIST') add('header', content.header, TEMPLATE_LIMITS.header, false)
  add('body', content.body, TEMPLATE_LIMITS.body)
  if (type === 'BUTTONS' || type === 'LIST') add('footer', content.footer, TEMPLATE_LIMITS.footer, false)
  if (type === 'BUTTONS')
    content.buttons?.forEach((button, index) =>
      add(`buttons.${index}.title`, button.title, TEMPLATE_LIMITS.buttonTitle),
    )
  if (type !== 'LIST') return parts
  add('listButton', content.listButton, TEMPLATE_LIMITS.listButton)
  content.sections?.forEach((section, s) => {
    add(`sections.${s}.title`, section.title, TEMPLATE_LIMITS.sectionTitle, (content.sections?.length ?? 0) > 1)
    section.rows.forEach((row, r) => {
      add(`sections.${s}.rows.${r}.title`, row.title, TEMPLATE_LIMITS.rowTitle)
      add(`sections.${s}.rows.${r}.description`, row.description, TEMPLATE_LIMITS.rowDescription, false)
    })
  })
  return parts
}

/** The content with every text replaced; `replace` receives the path of the text. */
export function mapTexts(
  { type, content }: TemplateDraft,
  replace: (text: string, path: string) => string,
): TemplateContent {
  const texts = new Map(textParts({ type, content }).map(({ path, text }) => [path, replace(text, path)]))
  const at = (path: string, text: string): string => texts.get(path) ?? text
  const { header, footer, buttons, listButton, sections } = content
  return {
    ...content,
    body: at('body', content.body),
    ...(header === undefined ? {} : { header: at('header', header) }),
    ...(footer === undefined ? {} : { footer: at('footer', footer) }),
    ...(buttons && {
      buttons: buttons.map((button, index) => ({ ...button, title: at(`buttons.${index}.title`, button.title) })),
    }),
    ...(listButton === undefined ? {} : { listButton: at('listButton', listButton) }),
    ...(sections && {
      sections: sections.map((section, s) => ({
        title: at(`sections.${s}.title`, section.title),
        rows: section.rows.map((row, r) => ({
          ...row,
          title: at(`sections.${s}.rows.${r}.title`, row.title),
          ...(row.description === undefined
            ? {}
            : { description: at(`sections.${s}.rows.${r}.description`, row.description) }),
        })),
      })),
    }),
  }
}
