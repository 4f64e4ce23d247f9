import { remembered } from './remembered.ts'

/** Picks the form of a language for a count, by the plural rules of CLDR. */
export const plural = (language: string, count: number, forms: { one: string; other: string }): string =>
  remembered(`plural ${language}`, () => new Intl.PluralRules(language)).select(count) === 'one'
    ? forms.one
    : forms.other
