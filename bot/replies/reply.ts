import type { ReplyInput } from '../generated/operations.ts'
import { limits } from './limits.ts'
import { cleanText, fit, truncate } from './truncate.ts'

/** One outgoing message, as the API's input. */
export type Reply = ReplyInput

/** A button or row that the customer can choose: a tap returns its `id`. */
export type Choice = { id: string; title: string }
export type Row = Choice & { description?: string | undefined }
export type Section = { title: string; rows: readonly Row[] }

/** A plain text message. */
export const text = (body: string): Reply => ({ text: { body: fit(body, limits.text) } })

/** An image with an optional caption. `url` is absolute. */
export const image = (url: string, caption = ''): Reply => ({
  image: { url, caption: caption === '' ? null : fit(caption, limits.caption) },
})

// WhatsApp rejects a message with duplicate titles, so duplicates are numbered.
const uniqueTitle = (title: string, max: number, taken: Set<string>): string => {
  let candidate = fit(title, max)
  for (let n = 2; taken.has(candidate); n += 1) candidate = `${truncate(fit(title, max), max - 3)} ${n}`
  taken.add(candidate)
  return candidate
}

// A choice whose id is too long or duplicate is left out, so that WhatsApp accepts the rest of the message.
const usableChoices = <T extends Choice>(choices: readonly T[], maxId: number): T[] => {
  const ids = new Set<string>()
  return choices.filter(({ id }) => id !== '' && id.length <= maxId && !ids.has(id) && ids.add(id))
}

export type ButtonsOptions = { footer?: string; imageUrl?: string | null | undefined }

/**
 * A message with up to three reply buttons. Without a usable button it is a plain text (or image), since WhatsApp accepts
 * no buttons message without buttons.
 */
export const buttons = (body: string, choices: readonly Choice[], options: ButtonsOptions = {}): Reply => {
  const taken = new Set<string>()
  const fitting = usableChoices(choices, limits.buttonId)
    .slice(0, limits.buttons)
    .map(({ id, title }) => ({ id, title: uniqueTitle(title, limits.buttonTitle, taken) }))
  if (fitting.length === 0) return options.imageUrl ? image(options.imageUrl, body) : text(body)
  return {
    buttons: {
      body: fit(body, limits.body),
      buttons: fitting,
      footer: options.footer ? fit(options.footer, limits.footer) : null,
      imageUrl: options.imageUrl ?? null,
    },
  }
}

/** As `buttons`, but a plain text when the body is too long for a message with buttons: the body is never shortened. */
export const buttonsOrText = (body: string, choices: readonly Choice[]): Reply =>
  cleanText(body).length <= limits.body ? buttons(body, choices) : text(body)

/** A text with a button that opens a URL; the URL is part of the text where WhatsApp would reject the button. */
export const link = (body: string, { label, url }: { label: string; url: string }): Reply =>
  /^https?:\/\/\S+$/.test(url) && URL.canParse(url) && url.length <= limits.url
    ? { link: { body: fit(body, limits.body), label: fit(label, limits.linkLabel), url } }
    : text(`${body}\n\n${url}`)

export type ListOptions = { button: string; sections: readonly Section[]; footer?: string }

/** A message that opens a list of at most ten rows over all its sections; a plain text when there is no row. */
export const list = (body: string, { button, sections, footer }: ListOptions): Reply => {
  const usable = new Set(
    usableChoices(
      sections.flatMap((section) => section.rows),
      limits.rowId,
    ).slice(0, limits.rows),
  )
  const taken = new Set<string>()
  const fitting = sections
    .map((section) => ({ title: section.title, rows: section.rows.filter((row) => usable.has(row)) }))
    .filter((section) => section.rows.length > 0)
  if (fitting.length === 0) return text(body)
  return {
    list: {
      body: fit(body, limits.body),
      button: fit(button, limits.listButton),
      footer: footer ? fit(footer, limits.footer) : null,
      sections: fitting.map((section) => ({
        title:
          fitting.length === 1 ? truncate(section.title, limits.sectionTitle) : fit(section.title, limits.sectionTitle),
        rows: section.rows.map((row) => ({
          id: row.id,
          title: uniqueTitle(row.title, limits.rowTitle, taken),
          description: row.description ? fit(row.description, limits.rowDescription) : null,
        })),
      })),
    },
  }
}

/** All choices of these messages, in the order shown. */
export const choicesOf = (replies: readonly Reply[]): Choice[] =>
  replies.flatMap((reply) => {
    const choices = reply.buttons?.buttons ?? reply.list?.sections.flatMap((section) => section.rows) ?? []
    return choices.map(({ id, title }) => ({ id, title }))
  })
