import type { Context } from './command.ts'
import { findCommand } from './commands.ts'
import type { Language } from './i18n/catalogue.ts'
import { catalogue } from './i18n/catalogue.ts'
import { chooseLanguage } from './i18n/detect.ts'
import type { Reply } from './replies/reply.ts'
import { choicesOf } from './replies/reply.ts'
import { limits } from './replies/limits.ts'
import type { Storefront } from './storefront.ts'
import type { State } from './state.ts'
import { loadState } from './state.ts'
import type { Turn } from './turn.ts'
import { understand } from './understand.ts'

/** The end of a turn: what to remember, what to send, and whether a person takes over. */
export type Decision = {
  /** The command that answered, for the log. */
  command: string
  state: State
  replies: Reply[]
  handoff: 'CUSTOMER_ASKED' | null
  /** Whether the replies confirm an order or a payment. */
  receipt: boolean
  /** BCP 47, to remember for the customer; null leaves it. */
  language: Language | null
}

// An address or a number typed in answer to a question says nothing about the language.
const freeWords = (turn: Turn, state: State): string | null =>
  turn.message.kind === 'text' && state.expecting === null ? turn.message.text : null

/**
 * Answers one message. Pure but for the shop: the same turn on the same shop gives the same decision, and a replay
 * (a higher `attempt`, commands of the lost try already carried out) leads to the same end.
 */
export const decide = async (turn: Turn, storefront: Storefront): Promise<Decision> => {
  const state = loadState(turn.state)
  const { language, remember } = chooseLanguage({
    text: freeWords(turn, state),
    remembered: turn.customer.language,
    chosen: state.languageChosen,
    phone: turn.customer.phone,
    shopLocale: turn.merchant.locale,
  })
  const intent = understand(state, turn.message, language)
  const command = findCommand(intent.command)
  if (!command) throw new Error(`no command is called ${intent.command}`)
  const context: Context = { turn, state, language, t: catalogue[language], storefront }
  const outcome = await command.run(context, intent.args)
  const choices = choicesOf(outcome.replies).slice(0, limits.rows)
  return {
    command: command.name,
    state: {
      ...state,
      ...outcome.remember,
      expecting: outcome.expecting ? { command: outcome.expecting.command, args: [...outcome.expecting.args] } : null,
      misses: outcome.missed ? Math.min(state.misses + 1, 9) : 0,
      choices: outcome.replies.length === 0 ? state.choices : choices,
    },
    replies: outcome.replies,
    handoff: outcome.handoff ?? null,
    receipt: outcome.receipt ?? false,
    language: outcome.language ?? (remember ? language : null),
  }
}
