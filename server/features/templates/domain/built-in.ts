import type { BuiltInLanguage } from './language.ts'
import { noticeVariables, type NoticeName } from './notices.ts'
import { variablesIn } from './placeholders.ts'
import { en } from './texts/en.ts'
import { es } from './texts/es.ts'
import { fr } from './texts/fr.ts'
import { pt } from './texts/pt.ts'
import type { Variable } from './variables.ts'

const TEXTS: Readonly<Record<BuiltInLanguage, Readonly<Record<NoticeName, string>>>> = { en, es, fr, pt }

/** The built-in text of a notice, used while the merchant has no own text. */
export function builtInNotice(name: NoticeName, language: BuiltInLanguage): { body: string; variables: Variable[] } {
  const body = TEXTS[language][name]
  return { body, variables: variablesUsedIn(noticeVariables(name), body) }
}

/** The variables that the text uses. */
export function variablesUsedIn(variables: readonly Variable[], text: string): Variable[] {
  const used = new Set(variablesIn(text))
  return variables.filter(({ name }) => used.has(name))
}
