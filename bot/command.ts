import type { z } from 'zod'
import type { Intent } from './choice-id.ts'
import type { Language, Texts } from './i18n/catalogue.ts'
import type { Reply } from './replies/reply.ts'
import type { Storefront } from './storefront.ts'
import type { State } from './state.ts'
import type { Turn } from './turn.ts'

/** Everything a command may look at. `state` is the conversation's memory as the previous turn left it. */
export type Context = { turn: Turn; state: State; language: Language; t: Texts; storefront: Storefront }

/** The parts of the memory a command may change; the rest is kept by `decide`. */
export type Memory = Pick<State, 'cart' | 'checkout' | 'lastAddress' | 'lastOrderId' | 'languageChosen' | 'optedOut'>

/** What a command answers with. */
export type Outcome = {
  replies: Reply[]
  remember?: Partial<Memory>
  /** Who reads the next free text, as its last argument. */
  expecting?: Intent
  /** The customer was not understood. */
  missed?: boolean
  handoff?: 'CUSTOMER_ASKED'
  /** The replies confirm an order or a payment: without an answer of WhatsApp they are rather sent twice than not at all. */
  receipt?: boolean
  /** The language the customer chose. */
  language?: Language
}

export type Command = {
  name: string
  /** What people type for it: phrases parted by commas, in lower case and without accents. A phrase of two words or more
   * is heard within a longer sentence too. */
  words: Partial<Record<Language, string>>
  /** Phrases that mean the command with arguments. */
  phrases: Readonly<Record<string, readonly string[]>>
  accepts: (args: readonly string[]) => boolean
  run: (context: Context, args: readonly string[]) => Promise<Outcome>
}

/** A command was called with arguments it does not accept: a choice from an older version, or a forged one. */
export class BadArgumentsError extends Error {
  readonly code = 'BAD_ARGUMENTS'
}

/**
 * Defines a command. `args` describes its arguments, which arrive as strings in a choice's id; `run` must be
 * repeatable: run again for the same turn it leads to the same end state and the same answer (so it writes first with
 * values decided from the state and the message, and looks afterwards).
 */
export const defineCommand = <Args extends z.ZodType<unknown[]>>(definition: {
  name: string
  words?: Command['words']
  phrases?: Command['phrases']
  args: Args
  run: (context: Context, ...args: z.output<Args>) => Promise<Outcome>
}): Command => ({
  name: definition.name,
  words: definition.words ?? {},
  phrases: definition.phrases ?? {},
  accepts: (args) => definition.args.safeParse(args).success,
  run: async (context, args) => {
    const parsed = definition.args.safeParse(args)
    if (!parsed.success) throw new BadArgumentsError(`${definition.name} does not accept these arguments`)
    return definition.run(context, ...parsed.data)
  },
})
