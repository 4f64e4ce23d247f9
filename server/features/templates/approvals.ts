import type { UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { canonicalLanguage, cloudLanguage } from './domain/language.ts'
import type { Approval } from './domain/preflight.ts'
import { templateStatusChanged } from './events.ts'
import type { Locked } from './service.ts'

/** A change of a template as WhatsApp reports it. Missing fields were not reported. */
export type TemplateUpdate = {
  approval?: Approval
  /** The reason of a rejection or pause, as WhatsApp worded it. */
  reason?: string | null
  category?: 'UTILITY' | 'MARKETING' | null
  metaId?: string
}

/** Whether a template of a merchant and one at WhatsApp have the same name and language. */
export const isSameTemplate = (
  own: { name: string; language: string },
  theirs: { name: string; language: string },
): boolean =>
  own.name === theirs.name && (cloudLanguage(own.language) ?? own.language) === canonicalLanguage(theirs.language)

/**
 * Applies WhatsApp's update to a locked template; a changed approval emits an event. A template deleted at WhatsApp becomes
 * NOT_SUBMITTED. Returns whether anything changed.
 */
export async function applyTemplateUpdate(
  unit: UnitOfWork,
  template: Locked,
  update: TemplateUpdate,
): Promise<boolean> {
  const { id, name, language, approval: from } = template
  const to = update.approval ?? from
  const gone = to === 'NOT_SUBMITTED'
  const reason =
    update.approval === undefined ? template.rejectionReason : to === 'APPROVED' ? null : (update.reason ?? null)
  const known = gone
    ? { metaId: null, submittedVersion: null, submittedAt: null, approvedVersion: null }
    : {
        metaId: update.metaId ?? template.metaId,
        submittedAt: template.submittedAt ?? (update.metaId ? new Date() : null),
        approvedVersion:
          to === 'APPROVED' && from !== 'APPROVED'
            ? (template.submittedVersion ?? template.version)
            : template.approvedVersion,
      }
  const after = { approval: to, rejectionReason: reason, category: update.category ?? template.category, ...known }
  const changed = Object.entries(after).some(
    ([field, value]) => String(value) !== String(template[field as keyof Locked]),
  )
  if (!changed) return false
  // Raw SQL, so that an update from WhatsApp does not change `updated_at`: the list sorts by the last change of staff.
  await unit.tx.$executeRaw`
    UPDATE template SET approval = ${to}::template_approval, rejection_reason = ${reason}, category = ${after.category}::template_category,
      meta_id = ${after.metaId}, submitted_at = ${after.submittedAt}, approved_version = ${after.approvedVersion},
      submitted_version = ${gone ? null : template.submittedVersion}
    WHERE id = ${id}::uuid`
  if (from !== to) unit.emit(templateStatusChanged.draft(id, { templateId: id, name, language, from, to, reason }))
  return true
}
