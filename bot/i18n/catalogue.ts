import { en } from './en.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import { pt } from './pt.ts'

// Widens the literal types of the English texts, so that a translation needs the same keys but not the same words.
type Widen<T> = T extends string
  ? string
  : T extends (...args: infer Args) => string
    ? (...args: Args) => string
    : { [Key in keyof T]: Widen<T[Key]> }

export type Texts = Widen<typeof en>

/** The bot's languages, by their BCP 47 primary subtag. After adding one here, the compiler reports every missing part. */
export const languages = ['en', 'es', 'fr', 'pt'] as const
export type Language = (typeof languages)[number]

export const catalogue = { en, es, fr, pt } satisfies Record<Language, Texts>

/** The supported language of a BCP 47 tag such as `es-MX`, or null. */
export const languageOf = (tag: string | null | undefined): Language | null =>
  languages.find((language) => tag?.toLowerCase().split(/[-_]/)[0] === language) ?? null
