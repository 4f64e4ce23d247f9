import * as z from 'zod'

/** Schemas of the commands' arguments, which arrive as strings in the id of a choice. */
export const none = z.tuple([])
export const id = z.string().regex(/^[\w-]{1,64}$/)
export const cursor = z.string().max(160)
export const words = z.string().trim().min(1).max(80)

const numberWords: ReadonlyMap<string, number> = new Map(
  [
    ['zero', 'none', 'cero', 'ninguno', 'zéro', 'aucun', 'nenhum'],
    ['one', 'a', 'an', 'uno', 'un', 'una', 'une', 'um', 'uma'],
    ['two', 'dos', 'deux', 'dois', 'duas'],
    ['three', 'tres', 'trois', 'três'],
    ['four', 'cuatro', 'quatre', 'quatro'],
    ['five', 'cinco', 'cinq'],
    ['six', 'seis'],
    ['seven', 'siete', 'sept', 'sete'],
    ['eight', 'ocho', 'huit', 'oito'],
    ['nine', 'nueve', 'neuf', 'nove'],
    ['ten', 'diez', 'dix', 'dez'],
  ].flatMap((words, count) => words.map((word) => [word, count] as const)),
)

/** Reads `3`, `three`, `tres`, `trois` or `três`; null unless it is a whole number from 0 to 999. */
export const readNumber = (text: string): number | null => {
  const word = text.trim().toLowerCase()
  if (/^\d{1,3}$/.test(word)) return Number(word)
  return numberWords.get(word) ?? null
}

/** The largest quantity of one variant that a customer can order. */
export const MAX_QUANTITY = 999

export const quantity = z.string().transform((text, context) => {
  const count = readNumber(text)
  if (count !== null) return count
  context.addIssue('not a number from 0 to 999')
  return z.NEVER
})
