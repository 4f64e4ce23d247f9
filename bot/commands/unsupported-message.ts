import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import { defineCommand } from '../command.ts'
import { buttons } from '../replies/reply.ts'
import { none } from './arguments.ts'
import { notUnderstood } from './search.ts'

/** Offers that a person looks at it. */
export const offerPerson = ({ t }: Context, body: string): Outcome => ({
  replies: [
    buttons(body, [
      { id: choiceId('human'), title: t.button.human },
      { id: choiceId('browse'), title: t.button.browse },
    ]),
  ],
})

/** A voice message, a sticker, a contact: anything the bot cannot read. */
export const unreadable = defineCommand({
  name: 'unreadable',
  args: none,
  run: async (context) => offerPerson(context, context.t.unknown.other),
})

/** A reaction or a notice of WhatsApp itself: nobody waits for an answer, and each answer costs money. */
export const silent = defineCommand({
  name: 'silent',
  args: none,
  run: async ({ state }) => ({
    replies: [],
    ...(state.expecting ? { expecting: state.expecting } : {}),
  }),
})

/** Text without any word. */
export const wordless = defineCommand({
  name: 'wordless',
  args: none,
  run: async (context) => notUnderstood(context, context.t.unknown.bodyless),
})
