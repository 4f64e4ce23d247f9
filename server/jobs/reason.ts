import { z } from 'zod'
import { isUnreachable } from '../db/errors.ts'

const LONGEST = 500

/** Patterns of secrets, personal data and inner addresses, with their replacements. */
const HIDDEN: readonly [RegExp, string][] = [
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, '$1'],
  [/(\?|&)([\w.~-]+)=[^\s&#"')]+/g, '$1$2=…'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 …'],
  [/\b(sl_|whsec_|EAA)[\w+/=-]{8,}/g, '$1…'],
  [/\b[\w.+-]+@[\w-]+(\.[\w-]+)+\b/g, '…@…'],
  [/\+?\d[\d ().-]{7,}\d\b/g, '…'],
  [/\b[A-Za-z0-9+/_-]{40,}={0,2}/g, '…'],
]

/**
 * Why a job failed, fit to be shown to the shop: one line, without secrets, addresses of people or anything the message
 * may quote of them. Errors of our own code that nobody foresaw only show what they are; the log has the rest.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) {
    const issues = error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || 'payload'}: ${message}`)
    return shown(`The job’s payload is not what this version understands. ${issues.join('; ')}`)
  }
  if (isUnreachable(error)) return 'The database could not be reached.'
  if (!(error instanceof Error)) return 'It failed without saying why.'
  if (/^(Prisma|DatabaseError)/.test(error.name) || error.constructor.name.startsWith('Prisma'))
    return `The database refused (${String((error as { code?: unknown }).code ?? error.name)}).`
  if (error instanceof TypeError && error.message === 'fetch failed') return 'The other side could not be reached.'
  if (/^(TypeError|RangeError|ReferenceError|SyntaxError)$/.test(error.name))
    return `Something unexpected went wrong on our side (${error.name}).`
  return shown(error.message) || error.name
}

/** Fit to be shown and logged: one line of at most 500 characters, without what may be a secret, a person or an inner address. */
export function shown(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const line = text.replace(/[\u0000-\u001f\u007f\s]+/g, ' ').trim()
  const safe = HIDDEN.reduce((left, [pattern, instead]) => left.replace(pattern, instead), line)
  const cut = safe.length > LONGEST ? `${safe.slice(0, LONGEST - 1)}…` : safe
  // PostgreSQL stores no half of a surrogate pair.
  return cut.replace(/\p{Surrogate}/gu, '\ufffd')
}
