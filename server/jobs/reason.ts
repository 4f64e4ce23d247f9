import * as z from 'zod'
import { isUnreachable } from '../db/errors.ts'

const LONGEST = 500

/** Patterns of secrets, personal data and internal addresses, with their replacements. */
const REDACTIONS: readonly [RegExp, string][] = [
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, '$1'],
  [/(\?|&)([\w.~-]+)=[^\s&#"')]+/g, '$1$2=…'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 …'],
  [/\b(sl_|whsec_|EAA)[\w+/=-]{8,}/g, '$1…'],
  [/\b[\w.+-]+@[\w-]+(\.[\w-]+)+\b/g, '…@…'],
  [/\+?\d[\d ().-]{7,}\d\b/g, '…'],
  [/\b[A-Za-z0-9+/_-]{40,}={0,2}/g, '…'],
]

/**
 * The reason a job failed, as the merchant may see it: one line, without secrets and personal data that the message may
 * quote. An unexpected error of our own code is shown by its kind only; the log has the rest.
 */
export function failureReason(error: unknown): string {
  if (error instanceof z.ZodError) {
    const issues = error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || 'payload'}: ${message}`)
    return redact(`The job’s payload does not fit this version. ${issues.join('; ')}`)
  }
  if (isUnreachable(error)) return 'The database could not be reached.'
  if (!(error instanceof Error)) return 'It failed without a message.'
  if (/^(Prisma|DatabaseError)/.test(error.name) || error.constructor.name.startsWith('Prisma'))
    return `The database refused (${String((error as { code?: unknown }).code ?? error.name)}).`
  if (error instanceof TypeError && error.message === 'fetch failed') return 'The remote server could not be reached.'
  if (/^(TypeError|RangeError|ReferenceError|SyntaxError)$/.test(error.name))
    return `Something unexpected went wrong on our side (${error.name}).`
  return redact(error.message) || error.name
}

/** Redacts a text for people and logs: one line of at most 500 characters, without secrets, personal data and internal addresses. */
export function redact(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const line = text.replace(/[\u0000-\u001f\u007f\s]+/g, ' ').trim()
  const safe = REDACTIONS.reduce((left, [pattern, instead]) => left.replace(pattern, instead), line)
  const cut = safe.length > LONGEST ? `${safe.slice(0, LONGEST - 1)}…` : safe
  // PostgreSQL refuses half of a surrogate pair.
  return cut.replace(/\p{Surrogate}/gu, '\ufffd')
}
