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

/** The result of a turn: the state to store, the replies to send, and whether to hand off to a person. */
export type Decision = {
  /** The command that answered, for the log. */
  command: string
  state: State
  replies: Reply[]
  handoff: 'CUSTOMER_ASKED' | null
  /** Whether the replies confirm an order or a payment. */
  receipt: boolean
  /** BCP 47; stored as the customer's language. Null keeps the stored one. */
  language: Language | null
}

// An address or a number that answers a question does not reveal the language.
const freeTextOf = (turn: Turn, state: State): string | null =>
  turn.message.kind === 'text' && state.expecting === null ? turn.message.text : null

/**
 * Answers one message. Pure except for the storefront: the same turn and storefront give the same decision. A replay (a
 * higher `attempt`; the commands of the lost attempt have been executed) leads to the same result.
 */
export const decide = async (turn: Turn, storefront: Storefront): Promise<Decision> => {
  const state = loadState(turn.state)
  const { language, remember } = chooseLanguage({
    text: freeTextOf(turn, state),
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
