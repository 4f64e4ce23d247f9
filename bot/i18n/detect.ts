import type { Language } from './catalogue.ts'
import { languageOf, languages } from './catalogue.ts'
import { normalise } from './normalise.ts'

// Common words of each language. A word that several languages share scores for each of them and so decides nothing.
// Product names are mostly neutral.
const words = (list: string): ReadonlySet<string> => new Set(list.split(' '))
const commonWords: Record<Language, ReadonlySet<string>> = {
  en: words(
    'hi hello hey please thanks thank want would like order orders cart buy have how much help where is my the what ' +
      'products talk person human need you good morning afternoon evening checkout browse yes shop some and with ' +
      'for english show me cancel delivery',
  ),
  es: words(
    'hola buenas buenos dias tardes noches quiero quisiera gracias por favor pedido pedidos carrito comprar tienen ' +
      'tiene tienes cuanto cuesta ayuda si productos hablar persona humano donde esta envio direccion necesito una ' +
      'unos unas los las que como precio mi mis quien soy ver espanol y con para cancelar alguien problema pagar',
  ),
  fr: words(
    'bonjour bonsoir salut merci s il vous plait svp je j voudrais veux aimerais commande commandes commander panier ' +
      'acheter avez combien coute aide oui produits parler personne quelqu un une des ou est livraison adresse besoin ' +
      'le les la du que comment prix mon ma mes qui suis voir francais et avec pour annuler probleme payer facture recu',
  ),
  pt: words(
    'ola oi bom boa dia tarde noite quero queria gostaria obrigado obrigada por favor pedido pedidos carrinho comprar ' +
      'tem voces voce quanto custa ajuda sim produtos falar pessoa humano onde esta entrega endereco preciso uma uns ' +
      'umas os as que como preco meu minha meus quem sou ver portugues e com para cancelar alguem nao problema pagar',
  ),
}

// Letters and signs that only one of the languages uses.
const uniqueSpellings: Partial<Record<Language, RegExp>> = {
  es: /[¿¡ñ]/i,
  fr: /[œèùëïûî]|(?<!\p{L})(?:[jldcnsm]|qu)['’]\p{L}/iu,
  pt: /[ãõ]/i,
}

/**
 * The language of a text, or null when it is not evident (numbers, names, product words). `confident` when more than one
 * word or all words indicate it: enough to switch from the customer's previous language.
 */
export const detectLanguage = (text: string): { language: Language; confident: boolean } | null => {
  const written = normalise(text).split(' ')
  const [best, second] = languages
    .map((language) => {
      const known = written.filter((word) => commonWords[language].has(word)).length
      return { language, score: known + (uniqueSpellings[language]?.test(text) ? 1 : 0) }
    })
    .toSorted((a, b) => b.score - a.score)
  if (!best || best.score === 0 || best.score === second?.score) return null
  return { language: best.language, confident: best.score > 1 || written.length === 1 }
}

// Calling codes of countries where most people write one of the languages (ITU E.164); NANP needs the area code.
const spanish = /^\+(34|5[1-48]|50[2-7]|56|57|59[1358]|240|1809|1829|1849|1787|1939)/
const french = /^\+(33|221|22[3-9]|24[12]|243|253|26[12]|32|377|509|590|594|596|68[79])/
const portuguese = /^\+(55|351|244|258|23[89]|245|670)/
const english = /^\+(1|44|61|64|353|27|254|255|256|234|233|260|263|65|63|91)/

/** The likely language of a phone number in E.164, by its country, or null. */
export const languageOfPhone = (phone: string | null): Language | null => {
  if (phone === null) return null
  if (spanish.test(phone)) return 'es'
  if (french.test(phone)) return 'fr'
  if (portuguese.test(phone)) return 'pt'
  return english.test(phone) ? 'en' : null
}

export type LanguageHints = {
  /** The customer's free text; null when they tapped a choice, or when the text does not reveal a language (an address). */
  text: string | null
  /** The customer's stored language, and whether they chose it themselves. */
  remembered: string | null
  chosen: boolean
  phone: string | null
  shopLocale: string
}

/**
 * The language to answer in, and whether to store it: the chosen one, else the written one, else the stored one, else a
 * guess from the phone's country, else the shop's. A guess is not stored, so the first written words decide.
 */
export const chooseLanguage = (hints: LanguageHints): { language: Language; remember: boolean } => {
  const remembered = languageOf(hints.remembered)
  if (hints.chosen && remembered) return { language: remembered, remember: false }
  const written = hints.text === null ? null : detectLanguage(hints.text)
  if (written && (remembered === null || written.confident)) {
    return { language: written.language, remember: written.language !== remembered }
  }
  return {
    language: remembered ?? languageOfPhone(hints.phone) ?? languageOf(hints.shopLocale) ?? 'en',
    remember: false,
  }
}
