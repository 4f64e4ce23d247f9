import { expect } from 'vitest'
import type { Decision } from '../conversation.ts'
import { decide } from '../conversation.ts'
import { limits } from '../replies/limits.ts'
import type { Choice, Reply } from '../replies/reply.ts'
import { choicesOf } from '../replies/reply.ts'
import type { Incoming, Turn } from '../turn.ts'
import type { World } from './fake-storefront.ts'
import { fakeStorefront } from './fake-storefront.ts'

export const bodyOf = (reply: Reply | undefined): string =>
  reply?.text?.body ?? reply?.buttons?.body ?? reply?.list?.body ?? reply?.link?.body ?? reply?.image?.caption ?? ''

/** Asserts that WhatsApp would accept the message. */
export const expectSendable = (reply: Reply): void => {
  const between = (text: string | null | undefined, min: number, max: number, what: string) => {
    const length = [...(text ?? '')].length
    expect(length, `${what}: ${text}`).toBeGreaterThanOrEqual(min)
    expect((text ?? '').length, `${what}: ${text}`).toBeLessThanOrEqual(max)
  }
  const unique = (values: string[]) => expect(new Set(values).size, values.join(' | ')).toBe(values.length)
  if (reply.text) between(reply.text.body, 1, limits.text, 'text')
  if (reply.image) between(reply.image.caption, 0, limits.caption, 'caption')
  if (reply.buttons) {
    const { body, footer, buttons } = reply.buttons
    between(body, 1, limits.body, 'body')
    between(footer, 0, limits.footer, 'footer')
    expect(buttons.length).toBeGreaterThan(0)
    expect(buttons.length).toBeLessThanOrEqual(limits.buttons)
    for (const { id, title } of buttons) {
      between(id, 1, limits.buttonId, 'button id')
      between(title.trim(), 1, limits.buttonTitle, 'button title')
    }
    unique(buttons.map((button) => button.id))
    unique(buttons.map((button) => button.title))
  }
  if (reply.link) {
    between(reply.link.body, 1, limits.body, 'body')
    between(reply.link.label, 1, limits.linkLabel, 'label')
    between(reply.link.url, 1, limits.url, 'url')
    expect(reply.link.url).toMatch(/^https?:/)
  }
  if (reply.list) {
    const { body, footer, button, sections } = reply.list
    between(body, 1, limits.body, 'body')
    between(footer, 0, limits.footer, 'footer')
    between(button, 1, limits.listButton, 'list button')
    const rows = sections.flatMap((section) => section.rows)
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.length).toBeLessThanOrEqual(limits.rows)
    for (const section of sections) {
      between(section.title, sections.length > 1 ? 1 : 0, limits.sectionTitle, 'section title')
      expect(section.rows.length).toBeGreaterThan(0)
    }
    for (const { id, title, description } of rows) {
      between(id, 1, limits.rowId, 'row id')
      between(title.trim(), 1, limits.rowTitle, 'row title')
      if (description !== null && description !== undefined)
        between(description, 1, limits.rowDescription, 'description')
    }
    unique(rows.map((row) => row.id))
  }
}

export type Chat = {
  /** The decision about the last message. */
  last: () => Decision
  body: () => string
  choices: () => Choice[]
  language: () => string | null
  say: (text: string) => Promise<Decision>
  /** Taps the button or row whose title contains the words. */
  tap: (title: string) => Promise<Decision>
  send: (message: Incoming) => Promise<Decision>
}

type ChatOptions = { phone?: string | null; language?: string | null; name?: string; state?: unknown }

const snapshot = (world: World): string =>
  JSON.stringify({ ...world, cart: [...world.cart], done: [...world.done], conflicts: 0 })

/**
 * A customer at a phone. Every message is answered twice, the second time as the replay of a crashed turn. Both must agree
 * on the answer, the state and the shop, so each conversation in the tests also proves replay safety.
 */
export const createChat = (
  world: World,
  { phone = '+14155550100', language = null, name = 'Ana', state = {} }: ChatOptions = {},
): Chat => {
  let stored: unknown = state
  let remembered = language
  let turns = 0
  let decision: Decision | undefined
  const answered = (): Decision => {
    if (!decision) throw new Error('nothing was said yet')
    return decision
  }

  const send = async (message: Incoming): Promise<Decision> => {
    turns += 1
    const turn: Turn = {
      id: `turn-${turns}`,
      attempt: 1,
      messageId: `message-${turns}`,
      message,
      state: stored,
      customer: { id: 'customer', name, phone, language: remembered, optedOut: world.optedOut },
      merchant: world.merchant,
    }
    const first = await decide(turn, fakeStorefront(world, turn.id))
    const after = snapshot(world)
    const replayed = await decide({ ...turn, attempt: 2 }, fakeStorefront(world, turn.id))
    expect(replayed, 'a replay answers the same').toEqual(first)
    expect(snapshot(world), 'a replay leaves the shop the same').toBe(after)
    for (const reply of first.replies) expectSendable(reply)
    decision = first
    stored = JSON.parse(JSON.stringify(first.state))
    remembered = first.language ?? remembered
    return first
  }
  const choices = (): Choice[] => choicesOf(answered().replies)
  return {
    last: answered,
    body: () => answered().replies.map(bodyOf).join('\n---\n'),
    choices,
    language: () => remembered,
    say: (text) => send({ kind: 'text', text }),
    tap: (title) => {
      const choice = choices().find((candidate) => candidate.title.includes(title))
      if (!choice)
        throw new Error(
          `no choice “${title}” among ${choices()
            .map((candidate) => candidate.title)
            .join(', ')}`,
        )
      return send({ kind: 'choice', ...choice })
    },
    send,
  }
}
