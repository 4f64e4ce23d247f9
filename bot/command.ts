import type * as z from 'zod'
import type { Intent } from './choice-id.ts'
import type { Language, Texts } from './i18n/catalogue.ts'
import type { Reply } from './replies/reply.ts'
import type { Storefront } from './storefront.ts'
import type { State } from './state.ts'
import type { Turn } from './turn.ts'

/** Everything a command may read. `state` is the conversation's state as the previous turn stored it. */
export type Context = { turn: Turn; state: State; language: Language; t: Texts; storefront: Storefront }

/** The parts of the state that a command may change; `decide` maintains the rest. */
export type Memory = Pick<State, 'cart' | 'checkout' | 'lastAddress' | 'lastOrderId' | 'languageChosen' | 'optedOut'>

/** The result of a command. */
export type Outcome = {
  replies: Reply[]
  remember?: Partial<Memory>
  /** The command that takes the next free text as its last argument. */
  expecting?: Intent
  /** True when no command matched the message. */
  missed?: boolean
  handoff?: 'CUSTOMER_ASKED'
  /** The replies confirm an order or a payment: if a send gets no answer, they are sent again. */
  receipt?: boolean
  /** The language that the customer chose. */
  language?: Language
}

export type Command = {
  name: string
  /** Phrases that trigger the command, separated by commas, in lower case and without accents. A phrase of two words or
   * more also matches within a longer sentence. */
  words: Partial<Record<Language, string>>
  /** Phrases that trigger the command with these arguments. */
  phrases: Readonly<Record<string, readonly string[]>>
  accepts: (args: readonly string[]) => boolean
  run: (context: Context, args: readonly string[]) => Promise<Outcome>
}

/** A command was called with invalid arguments: the choice is from an older version, or forged. */
export class BadArgumentsError extends Error {
  readonly code = 'BAD_ARGUMENTS'
}

/**
 * Defines a command. `args` is the schema of its arguments, which arrive as strings in the id of a choice. `run` must be
 * idempotent: a replay of the same turn leads to the same end state and the same answer. A command therefore writes
 * first, with values decided from the state and the message, and reads afterwards.
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
