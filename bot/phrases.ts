import type { Intent } from './choice-id.ts'
import { commands } from './commands.ts'
import type { Language } from './i18n/catalogue.ts'
import { languages } from './i18n/catalogue.ts'
import { normalise } from './i18n/normalise.ts'

// Without these words `I would like two lattes please` is `two lattes`.
const stopWords = new Set(
  (
    'please i want would like to can could you show me see give get have do a an the some of for my any id im ' +
    'looking need order buy is are there hi hello hey ' +
    'por favor quiero quisiera me gustaria puedes puede ver dame deme tienen tienes hay un una el la los las unos ' +
    'unas de mi para algun alguna busco necesito pedir comprar hola buenas buenos dias tardes ' +
    'je voudrais veux aimerais s il vous te plait svp bonjour salut bonsoir le une du des d l avez donner donnez moi ' +
    'montrer montrez commander acheter cherche mon ma mes ' +
    'eu quero queria gostaria tem voces voce uma uns umas o os do da meu minha algum alguma procuro preciso ' +
    'ola oi bom boa dia tarde noite'
  ).split(' '),
)

const phraseTable = (language: Language): Map<string, Intent> => {
  const table = new Map<string, Intent>()
  for (const command of commands) {
    for (const phrase of command.words[language]?.split(', ') ?? [])
      table.set(phrase, { command: command.name, args: [] })
  }
  return table
}

const tables: Record<Language, Map<string, Intent>> = {
  en: phraseTable('en'),
  es: phraseTable('es'),
  fr: phraseTable('fr'),
  pt: phraseTable('pt'),
}
const withArguments = new Map(
  commands.flatMap((command) =>
    Object.entries(command.phrases).map(([phrase, args]) => [phrase, { command: command.name, args }] as const),
  ),
)
// The longest first, so that `cancel my order` does not match `my order`.
const longPhrases = languages
  .flatMap((language) => [...tables[language].keys()])
  .filter((phrase) => phrase.includes(' '))
  .toSorted((a, b) => b.length - a.length)

const commandOfPhrase = (normalised: string, language: Language): Intent | null => {
  const own = tables[language].get(normalised) ?? withArguments.get(normalised)
  if (own) return own
  for (const other of languages) {
    const intent = tables[other].get(normalised)
    if (intent) return intent
  }
  return null
}

/** The command that a message names: the whole message is one of its phrases. */
export const commandOfMessage = (text: string, language: Language): Intent | null =>
  commandOfPhrase(normalise(text), language)

const MAX_SENTENCE_WORDS = 12

/** The command of a sentence: the sentence without stop words is a phrase, or it contains a phrase of several words. */
export const commandInSentence = (text: string, language: Language): Intent | null => {
  const words = normalise(text).split(' ')
  if (words.length > MAX_SENTENCE_WORDS) return null
  const withoutStopWords = commandOfPhrase(words.filter((word) => !stopWords.has(word)).join(' '), language)
  if (withoutStopWords) return withoutStopWords
  const sentence = ` ${words.join(' ')} `
  const phrase = longPhrases.find((candidate) => sentence.includes(` ${candidate} `))
  return phrase === undefined ? null : commandOfPhrase(phrase, language)
}

const MAX_SEARCH_WORDS = 8
const MAX_SEARCH_LENGTH = 60

/** The words to search in the catalog, as written (accents kept), without stop words and punctuation. */
export const searchWords = (text: string): string => {
  const words = text
    .slice(0, 500)
    .split(/[^\p{L}\p{N}\p{M}'’-]+/u)
    // `l’expresso`, `d’eau`: the article is no part of the name.
    .map((word) => word.replace(/^(?:[ldj]|qu)['’](?=\p{L})/iu, ''))
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
  const meaningful = words.filter((word) => !stopWords.has(normalise(word)))
  const kept = (meaningful.length > 0 ? meaningful : words).slice(0, MAX_SEARCH_WORDS).join(' ')
  return [...kept].slice(0, MAX_SEARCH_LENGTH).join('').trim()
}
