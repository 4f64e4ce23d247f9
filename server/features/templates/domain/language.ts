/** The languages with built-in notices. */
export const BUILT_IN_LANGUAGES = ['en', 'es', 'fr', 'pt'] as const
export type BuiltInLanguage = (typeof BUILT_IN_LANGUAGES)[number]

/** The languages of WhatsApp templates (Meta, "Supported languages"), as BCP 47 tags. */
const CLOUD_LANGUAGES: ReadonlySet<string> = new Set(
  `af sq ar az bn bg ca zh-CN zh-HK zh-TW hr cs da nl en en-GB en-US et fil fi fr ka de el gu ha he hi hu id ga it ja kn
  kk rw ko ky lo lv lt mk ms ml mr nb fa pl pt-BR pt-PT pa ro ru sr sk sl es es-AR es-ES es-MX sw sv ta te th tr uk ur uz vi zu`.split(
    /\s+/,
  ),
)
/** WhatsApp has these languages only with a country; the bare tag is sent as this one. */
const CLOUD_SUBSTITUTES: Readonly<Record<string, string>> = { pt: 'pt-BR', zh: 'zh-CN' }

/** A tag in canonical form, a language with or without a country (`pt-BR`); null for any other text. */
export function canonicalLanguage(tag: string): string | null {
  const match = /^([a-z]{2,3})(?:[-_]([a-z]{2}))?$/i.exec(tag.trim())
  if (!match) return null
  const [, language = '', country] = match
  return country ? `${language.toLowerCase()}-${country.toUpperCase()}` : language.toLowerCase()
}

/** The tag of WhatsApp's language for this one; null when WhatsApp does not support it. */
export function cloudLanguage(tag: string): string | null {
  const known = CLOUD_SUBSTITUTES[tag] ?? tag
  return CLOUD_LANGUAGES.has(known) ? known : null
}

export const baseLanguage = (tag: string): string => tag.split(/[-_]/)[0]?.toLowerCase() ?? ''

export const isBuiltIn = (language: string): language is BuiltInLanguage =>
  (BUILT_IN_LANGUAGES as readonly string[]).includes(language)

export const directionOf = (language: string): 'ltr' | 'rtl' =>
  ['ar', 'fa', 'he', 'ur', 'ps', 'sd', 'ug', 'yi', 'dv', 'ku'].includes(baseLanguage(language)) ? 'rtl' : 'ltr'

/**
 * The language of `available` for a message to a customer: their own, else the merchant's, else English. Within a language
 * the exact tag wins, then the bare language, then any country.
 */
export function chooseLanguage<Tag extends string>(
  available: readonly Tag[],
  { customer, shop }: { customer: string | null; shop: string },
): Tag | null {
  for (const wish of [customer, shop, 'en']) {
    const tag = wish && (canonicalLanguage(wish) ?? baseLanguage(wish))
    if (!tag) continue
    const base = baseLanguage(tag)
    const found =
      available.find((one) => one === tag) ??
      available.find((one) => one === base) ??
      available.find((one) => baseLanguage(one) === base)
    if (found) return found
  }
  return null
}

/**
 * The locale for numbers, money and dates in a text of `language`: that of the customer or else of the merchant, where it
 * has this language; otherwise the language itself.
 */
export function formattingLocale(
  language: string,
  { customer, shop }: { customer: string | null; shop: string },
): string {
  if (language.includes('-')) return language
  return [customer, shop].find((tag) => tag?.includes('-') && baseLanguage(tag) === language) ?? language
}
