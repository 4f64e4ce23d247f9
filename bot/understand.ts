import type { Intent } from './choice-id.ts'
import { parseChoiceId } from './choice-id.ts'
import { findCommand } from './commands.ts'
import { readNumber } from './commands/arguments.ts'
import type { Language } from './i18n/catalogue.ts'
import { normalise } from './i18n/normalise.ts'
import { commandInSentence, commandOfMessage, searchWords } from './phrases.ts'
import { cleanText } from './replies/truncate.ts'
import type { State } from './state.ts'
import type { Incoming } from './turn.ts'

const menu: Intent = { command: 'menu', args: [] }

const isAccepted = (intent: Intent): boolean => findCommand(intent.command)?.accepts(intent.args) ?? false

// Kinds that need no answer.
const silentKinds = new Set(['reaction', 'system', 'edit', 'revoke', 'ephemeral'])

const offeredChoice = (state: State, text: string): Intent | null => {
  const title = normalise(text)
  const number = /^\d{1,2}$/.test(title) ? Number(title) : 0
  const choice = state.choices[number - 1] ?? state.choices.find((candidate) => normalise(candidate.title) === title)
  return choice && title !== '' ? parseChoiceId(choice.id) : null
}

// `#12`, `order 12`, `pedido no. 12`
const orderNumberIntent = (text: string): Intent | null => {
  const found =
    /^(?:(?:my |mi |ma |meu )?(?:order|pedido|commande)(?: (?:no|num|numero|number|n))? ?#?|#)\s?(\d{1,9})$/.exec(
      normalise(text),
    )
  return found?.[1] ? { command: 'order-number', args: [found[1]] } : null
}

// `2 x latte`, `2 lattes`, `dos cafés`, `latte x2`
const searchIntent = (text: string): Intent | null => {
  const words = searchWords(text)
  if (words === '') return null
  const after = /^(.+?)\s+(?:x\s*(\d{1,3})|(\d{1,3})\s*x)$/i.exec(words)
  const before = /^(?:x\s*)?(\p{L}+|\d{1,3}\s*x?)\s+(?:x\s+)?(.+)$/iu.exec(words)
  const [phrase, count] = after
    ? [after[1], after[2] ?? after[3]]
    : [before?.[2], before?.[1]?.replace(/(?<=\d)\s*x$/i, '')]
  const quantity = count === undefined ? null : readNumber(count)
  if (phrase !== undefined && quantity !== null && quantity > 0)
    return { command: 'search', args: [phrase, String(quantity)] }
  return { command: 'search', args: [words] }
}

const understandText = (state: State, text: string, language: Language): Intent => {
  const named = commandOfMessage(text, language)
  if (named) return named
  const choice = offeredChoice(state, text)
  const awaited = state.expecting && { ...state.expecting, args: [...state.expecting.args, cleanText(text)] }
  // A typed number is a quantity where the bot asked for one, and otherwise the position of a choice.
  if (awaited && awaited.command !== 'address' && isAccepted(awaited)) return awaited
  if (choice && isAccepted(choice)) return choice
  if (awaited && isAccepted(awaited)) return awaited
  const intent = orderNumberIntent(text) ?? commandInSentence(text, language) ?? searchIntent(text)
  return intent && isAccepted(intent) ? intent : { command: 'wordless', args: [] }
}

// Captions about a payment or a problem must not trigger commands, since the image itself is the message.
const orderCaption =
  /\b(?:proof|receipt|paid|pay(?:ment|ed)|transfer\w*|comprobante|pago|pague|pagad[oa]|recibo|comprovante|paguei|pagamento|preuve|paiement|paye|virement|recu|broken|damaged?|wrong|missing|problem\w*|rot[oa]|danad[oa]|falta|casse\w*|abime\w*|manque|quebrad[oa]|errad[oa])\b/

/** The command that the caption of an image names, else the command `image`. */
const understandImage = (state: State, caption: string, language: Language): Intent => {
  const image: Intent = { command: 'image', args: [] }
  if (caption.trim() === '' || orderCaption.test(normalise(caption))) return image
  const intent = understandText(state, caption, language)
  if (intent.command === 'search') return { command: 'image', args: intent.args }
  return intent.command === 'wordless' ? image : intent
}

/**
 * The customer's intent, decided from the message, the stored state and the language alone. The returned intent always
 * names a command that accepts its arguments.
 */
export const understand = (state: State, message: Incoming, language: Language): Intent => {
  switch (message.kind) {
    case 'text':
      return understandText(state, message.text, language)
    case 'choice': {
      const intent = parseChoiceId(message.id)
      if (intent && isAccepted(intent)) return intent
      // The id of a template's button is no command, so its title counts as typed text.
      return message.title.trim() === '' ? menu : understandText(state, message.title, language)
    }
    case 'location':
      return { command: 'location', args: [] }
    case 'cart':
      return { command: 'catalog-cart', args: [] }
    case 'image':
      return understandImage(state, message.caption ?? '', language)
    case 'other':
      return { command: silentKinds.has(message.name) ? 'silent' : 'unreadable', args: [] }
  }
}
