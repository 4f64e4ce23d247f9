import type { Language } from './catalogue.ts'
import { languageOf, languages } from './catalogue.ts'
import { normalise } from './normalise.ts'

// Words that are common in one of the languages and not used in the other; product names are mostly neutral.
const words = (list: string): ReadonlySet<string> => new Set(list.split(' '))
const markers: Record<Language, ReadonlySet<string>> = {
  en: words(
    'hi hello hey please thanks thank want would like order orders cart buy have how much help where is my the what ' +
      'products talk person human need you good morning afternoon evening checkout browse yes shop some and with ' +
      'for english show me cancel delivery',
  ),
  es: words(
    'hola buenas buenos dias tardes noches quiero quisiera gracias por favor pedido pedidos carrito comprar tienen ' +
      'tiene tienes cuanto cuesta ayuda si productos hablar persona humano donde esta envio direccion necesito una ' +
      'unos unas los las que como precio mi mis quien soy ver espanol y con para cancelar alguien',
  ),
}

/**
 * The language a text is clearly written in, or null when it does not say (numbers, names, product words). `sure` when
 * more than one word says so, or all of them do: enough to leave a language the customer used before.
 */
export const detectLanguage = (text: string): { language: Language; sure: boolean } | null => {
  const written = normalise(text).split(' ')
  const [best, second] = languages
    .map((language) => {
      const known = written.filter((word) => markers[language].has(word)).length
      return { language, score: known + (language === 'es' && /[¿¡ñ]/i.test(text) ? 1 : 0) }
    })
    .toSorted((a, b) => b.score - a.score)
  if (!best || best.score === 0 || best.score === second?.score) return null
  return { language: best.language, sure: best.score > 1 || written.length === 1 }
}

// Calling codes where one of the languages is what most people write (ITU E.164); NANP needs the area code.
const spanish = /^\+(34|5[1-48]|50[2-7]|56|57|59[1358]|240|1809|1829|1849|1787|1939)/
const english = /^\+(1|44|61|64|353|27|254|255|256|234|233|260|263|65|63|91)/

/** The likely language of a phone number in E.164, by its country, or null. */
export const languageOfPhone = (phone: string | null): Language | null => {
  if (phone === null) return null
  if (spanish.test(phone)) return 'es'
  return english.test(phone) ? 'en' : null
}

export type LanguageHints = {
  /** What the customer wrote in free words; null when they tapped, or when words prove nothing (an address). */
  text: string | null
  /** The language remembered for the customer, and whether they chose it themselves. */
  remembered: string | null
  chosen: boolean
  phone: string | null
  shopLocale: string
}

/**
 * The language to answer in, and whether it is worth remembering: chosen, else written, else remembered, else guessed
 * from the phone's country, else the shop's. A guess is not remembered, so the first real words decide.
 */
export const chooseLanguage = (hints: LanguageHints): { language: Language; remember: boolean } => {
  const remembered = languageOf(hints.remembered)
  if (hints.chosen && remembered) return { language: remembered, remember: false }
  const written = hints.text === null ? null : detectLanguage(hints.text)
  if (written && (remembered === null || written.sure)) {
    return { language: written.language, remember: written.language !== remembered }
  }
  return {
    language: remembered ?? languageOfPhone(hints.phone) ?? languageOf(hints.shopLocale) ?? 'en',
    remember: false,
  }
}
