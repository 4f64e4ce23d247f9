import { can, type Actor } from '../../../auth/actor.ts'
import type { TemplateType } from './content.ts'
import type { Approval } from './preflight.ts'

/** WhatsApp's template statuses and our approval states. */
const STATES: Readonly<Record<string, Approval>> = {
  PENDING: 'PENDING',
  IN_APPEAL: 'PENDING',
  APPROVED: 'APPROVED',
  REINSTATED: 'APPROVED',
  UNARCHIVED: 'APPROVED',
  // Low quality; WhatsApp still sends it.
  FLAGGED: 'APPROVED',
  REJECTED: 'REJECTED',
  PAUSED: 'PAUSED',
  DISABLED: 'DISABLED',
  LOCKED: 'DISABLED',
  LIMIT_EXCEEDED: 'DISABLED',
  ARCHIVED: 'DISABLED',
  PENDING_DELETION: 'NOT_SUBMITTED',
  DELETED: 'NOT_SUBMITTED',
}

export const approvalOf = (status: string): Approval | null =>
  Object.hasOwn(STATES, status) ? (STATES[status] ?? null) : null

export const TEMPLATE_ACTIONS = ['UPDATE', 'SUBMIT', 'SEND', 'ARCHIVE', 'RESTORE'] as const
export type TemplateAction = (typeof TEMPLATE_ACTIONS)[number]

export type TemplateState = {
  type: TemplateType
  version: number
  archived: boolean
  approval: Approval
  approvedVersion: number | null
}

/** The reason why a template cannot be submitted now; null when it can. */
export function submissionFault({ archived, approval, version, approvedVersion }: TemplateState): string | null {
  if (archived) return 'is archived; restore it first'
  if (approval === 'PENDING') return 'is being reviewed; wait until WhatsApp has decided'
  if (approval === 'DISABLED') return 'was disabled by WhatsApp for good; make another one'
  if (approval === 'APPROVED' && approvedVersion === version) return 'is approved as it stands; change it first'
  return null
}

/** The actions on a template that the actor may take now. */
export function allowedTemplateActions(template: TemplateState, actor: Actor | null): TemplateAction[] {
  const writes = can(actor, 'templates:write')
  if (template.archived) return writes ? ['RESTORE'] : []
  const able: Record<TemplateAction, boolean> = {
    UPDATE: writes,
    // WhatsApp has no list templates, and an image header needs WhatsApp's resumable upload, which Storeline does not use.
    SUBMIT: writes && !['LIST', 'MEDIA'].includes(template.type) && submissionFault(template) === null,
    SEND: can(actor, 'conversations:write'),
    ARCHIVE: writes,
    RESTORE: false,
  }
  return TEMPLATE_ACTIONS.filter((action) => able[action])
}
