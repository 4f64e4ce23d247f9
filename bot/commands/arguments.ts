import { z } from 'zod'

/** The kinds of argument commands take, as they arrive: strings of a choice's id. */
export const none = z.tuple([])
export const id = z.string().regex(/^[\w-]{1,64}$/)
export const cursor = z.string().max(160)
export const words = z.string().trim().min(1).max(80)

const numberWords: Record<string, number> = {
  ...{ one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10, zero: 0, none: 0 },
  ...{ a: 1, an: 1, un: 1, una: 1, uno: 1, dos: 2, tres: 3, cuatro: 4, cinco: 5, seis: 6, siete: 7, ocho: 8 },
  ...{ nueve: 9, diez: 10, cero: 0, ninguno: 0 },
}

/** Reads `3`, `three` or `tres`; null when it is no whole number from 0 to 999. */
export const readNumber = (text: string): number | null => {
  const word = text.trim().toLowerCase()
  if (/^\d{1,3}$/.test(word)) return Number(word)
  return Object.hasOwn(numberWords, word) ? (numberWords[word] ?? null) : null
}

/** How many of one thing a customer may ask for at once. */
export const MAX_QUANTITY = 999

export const quantity = z.string().transform((text, context) => {
  const count = readNumber(text)
  if (count !== null) return count
  context.addIssue('not a number from 0 to 999')
  return z.NEVER
})
