import type { ValidationIssue } from '../../../errors.ts'
import type { CloudContent, CloudTemplate } from './cloud.ts'
import { TEMPLATE_LIMITS, lengthOf } from './content.ts'
import { variablesIn } from './placeholders.ts'
import type { ValueIssue } from './render.ts'

/** WhatsApp's error codes by which Storeline refuses a send beforehand (Meta, "Cloud API error codes"). */
export const CODES = {
  windowClosed: 131047,
  optedOut: 131050,
  parameterCount: 132000,
  notApproved: 132001,
  tooLong: 132005,
  parameterFormat: 132012,
  paused: 132015,
  disabled: 132016,
} as const

/** The refusal of a send: WhatsApp's error code and a message that says what to do. */
export type Refusal = { code: number; message: string; issues: ValidationIssue[] }

export type Approval = 'NOT_SUBMITTED' | 'PENDING' | 'APPROVED' | 'REJECTED' | 'PAUSED' | 'DISABLED'

const refusal = (code: number, message: string, issues: ValidationIssue[] = []): Refusal => ({ code, message, issues })

/** The refusal by the approval state of a template; null when WhatsApp sends it. */
export function approvalRefusal({
  name,
  language,
  approval,
  approvedVersion,
}: {
  name: string
  language: string
  approval: Approval
  approvedVersion: number | null
}): Refusal | null {
  const which = `The template ${name} (${language})`
  if (approval === 'PAUSED')
    return refusal(CODES.paused, `${which} is paused by WhatsApp because of poor feedback. Wait, or use another one.`)
  if (approval === 'DISABLED')
    return refusal(CODES.disabled, `${which} was disabled by WhatsApp for good. Make another one.`)
  if (approval === 'APPROVED' && approvedVersion !== null) return null
  const why = {
    NOT_SUBMITTED: 'was not submitted to WhatsApp. Submit it first.',
    PENDING: 'is still being reviewed by WhatsApp. Wait for its approval.',
    REJECTED: 'was rejected by WhatsApp. Change and submit it again.',
    APPROVED: 'has no approved version here yet. Fetch the state of your templates from WhatsApp.',
  }[approval]
  return refusal(CODES.notApproved, `${which} ${why}`)
}

/** The refusal of an unknown template. */
export const unknownTemplate = (name: string, language: string): Refusal =>
  refusal(CODES.notApproved, `There is no template ${name} (${language}) in this shop.`)

export const windowRefusal = (): Refusal =>
  refusal(CODES.windowClosed, 'More than 24 hours have passed since the customer last wrote.')

/** The refusal of a marketing template for a customer who opted out. */
export const optOutRefusal = (category: string, optedOut: boolean): Refusal | null =>
  optedOut && category === 'MARKETING'
    ? refusal(CODES.optedOut, 'The customer has opted out of marketing messages. Only they can opt in again.')
    : null

/** The refusal of invalid values, with the error code that WhatsApp would answer with and every variable named. */
export function valueRefusal(issues: readonly ValueIssue[]): Refusal | null {
  const first =
    issues.find(({ kind }) => kind === 'missing' || kind === 'unknown') ??
    issues.find(({ kind }) => kind === 'ill-typed') ??
    issues[0]
  if (!first) return null
  const code = {
    missing: CODES.parameterCount,
    unknown: CODES.parameterCount,
    'ill-typed': CODES.parameterFormat,
    'too-long': CODES.tooLong,
  }[first.kind]
  const message = issues.map((issue) => `${issue.path.replace(/^(values|content)\./, '')} ${issue.message}`).join('; ')
  return refusal(
    code,
    `${message}.`,
    issues.map(({ path, message: why }) => ({ path, message: why })),
  )
}

/**
 * The refusal of a message that does not fit the approved version, checked when it is sent: the template may have changed
 * since the message was queued.
 */
export function definitionRefusal(sent: CloudContent, approved: CloudTemplate): Refusal | null {
  const { content, type } = approved
  const wantsImage = type === 'MEDIA'
  if (wantsImage !== (sent.headerImageUrl !== undefined))
    return refusal(
      CODES.parameterFormat,
      `header: Format mismatch, expected ${wantsImage ? 'IMAGE' : 'TEXT'}, received ${wantsImage ? 'UNKNOWN' : 'IMAGE'}`,
    )
  for (const [part, text, given] of [
    ['header', content.header ?? '', sent.headerParameters ?? []],
    ['body', content.body, sent.bodyParameters ?? []],
  ] as const) {
    const expected = variablesIn(text)
    const names = given.map(({ name }) => name)
    if (expected.length !== names.length || !expected.every((name) => names.includes(name)))
      return refusal(
        CODES.parameterCount,
        `${part}: the approved text has the variables (${expected.join(', ')}), the message brings (${names.join(', ')})`,
      )
  }
  const buttons = content.buttons?.length ?? 0
  if ((sent.buttonParameters ?? []).some(({ index }) => index >= buttons))
    return refusal(CODES.parameterCount, `buttons: the approved template has ${buttons}`)
  return lengthOf(sent.body) > TEMPLATE_LIMITS.body
    ? refusal(
        CODES.tooLong,
        `body: ${lengthOf(sent.body)} characters once filled in; WhatsApp allows ${TEMPLATE_LIMITS.body}`,
      )
    : null
}
