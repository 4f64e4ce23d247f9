import type { MessagePartsFragment } from '../../../generated/operations.ts'
import { exampleValues, fillIn, type FormatValue } from './placeholders.ts'
import type { TemplateDraft } from '../editor/template-draft.ts'

type Content = MessagePartsFragment['content']

/**
 * A preview of a draft rendered in the browser, shown at every keystroke until the server's preview arrives. Null when
 * there is nothing to show.
 */
export function renderDraft(
  draft: TemplateDraft,
  imageUrl: string | null,
  formatValue: FormatValue = (_type, text) => text,
): Content | null {
  const values = exampleValues(draft.variables, formatValue)
  const fill = (text: string) => fillIn(text, values)
  const body = fill(draft.body)
  const [header, footer] = [fill(draft.header) || null, fill(draft.footer) || null]
  const hasMore = draft.type === 'MEDIA' && imageUrl !== null
  if (!body.trim() && !hasMore) return null
  switch (draft.type) {
    case 'TEXT':
      return { __typename: 'TextContent', body }
    case 'BUTTONS':
      return {
        __typename: 'ButtonsContent',
        header,
        body,
        footer,
        imageUrl: null,
        buttons: draft.buttons.map(({ key, title }) => ({ id: key, title: fill(title) })),
      }
    case 'LIST':
      return {
        __typename: 'ListContent',
        header,
        body,
        footer,
        // The button needs a label even before one is typed.
        button: fill(draft.listButton) || '…',
        sections: draft.sections.map(({ title, rows }) => ({
          title: fill(title),
          rows: rows.map((row) => ({
            id: row.key,
            title: fill(row.title),
            description: fill(row.description) || null,
          })),
        })),
      }
    case 'MEDIA':
      return { __typename: 'ImageContent', url: imageUrl, caption: body }
  }
}
