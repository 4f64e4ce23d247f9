import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import { defineCommand } from '../command.ts'
import { buttons } from '../replies/reply.ts'
import { none } from './arguments.ts'
import { replyNotUnderstood } from './search.ts'

/** Offers a person's help. */
export const offerPerson = ({ t }: Context, body: string): Outcome => ({
  replies: [
    buttons(body, [
      { id: choiceId('human'), title: t.button.human },
      { id: choiceId('browse'), title: t.button.browse },
    ]),
  ],
})

/** Answers a message that the bot cannot read: audio, a sticker, a contact. */
export const unreadable = defineCommand({
  name: 'unreadable',
  args: none,
  run: async (context) => offerPerson(context, context.t.unknown.other),
})

/** Ignores reactions and WhatsApp's system messages: no customer awaits an answer, and each answer costs money. */
export const silent = defineCommand({
  name: 'silent',
  args: none,
  run: async ({ state }) => ({
    replies: [],
    ...(state.expecting ? { expecting: state.expecting } : {}),
  }),
})

/** Answers a text without words. */
export const wordless = defineCommand({
  name: 'wordless',
  args: none,
  run: async (context) => replyNotUnderstood(context, context.t.unknown.bodyless),
})
