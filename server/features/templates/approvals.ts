import type { UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { canonicalLanguage, cloudLanguage } from './domain/language.ts'
import type { Approval } from './domain/preflight.ts'
import { templateStatusChanged } from './events.ts'
import type { Locked } from './service.ts'

/** What WhatsApp says of a template. What is left out was not said. */
export type TemplateUpdate = {
  approval?: Approval
  /** Why it was rejected or paused, in WhatsApp's words. */
  reason?: string | null
  category?: 'UTILITY' | 'MARKETING' | null
  metaId?: string
}

/** Whether a template here and one there are the same by name and language. */
export const isSameTemplate = (
  own: { name: string; language: string },
  theirs: { name: string; language: string },
): boolean =>
  own.name === theirs.name && (cloudLanguage(own.language) ?? own.language) === canonicalLanguage(theirs.language)

/**
 * Writes down what WhatsApp says of a locked template and tells it, when it is news. What WhatsApp no longer has counts as
 * never submitted.
 */
export async function applyTemplateUpdate(unit: UnitOfWork, template: Locked, news: TemplateUpdate): Promise<boolean> {
  const { id, name, language, approval: from } = template
  const to = news.approval ?? from
  const gone = to === 'NOT_SUBMITTED'
  const reason =
    news.approval === undefined ? template.rejectionReason : to === 'APPROVED' ? null : (news.reason ?? null)
  const known = gone
    ? { metaId: null, submittedVersion: null, submittedAt: null, approvedVersion: null }
    : {
        metaId: news.metaId ?? template.metaId,
        submittedAt: template.submittedAt ?? (news.metaId ? new Date() : null),
        approvedVersion:
          to === 'APPROVED' && from !== 'APPROVED'
            ? (template.submittedVersion ?? template.version)
            : template.approvedVersion,
      }
  const after = { approval: to, rejectionReason: reason, category: news.category ?? template.category, ...known }
  const changed = Object.entries(after).some(
    ([field, value]) => String(value) !== String(template[field as keyof Locked]),
  )
  if (!changed) return false
  // Raw, so that news from WhatsApp do not move the template up in the list of what people changed last.
  await unit.tx.$executeRaw`
    UPDATE template SET approval = ${to}::template_approval, rejection_reason = ${reason}, category = ${after.category}::template_category,
      meta_id = ${after.metaId}, submitted_at = ${after.submittedAt}, approved_version = ${after.approvedVersion},
      submitted_version = ${gone ? null : template.submittedVersion}
    WHERE id = ${id}::uuid`
  if (from !== to) unit.emit(templateStatusChanged.draft(id, { templateId: id, name, language, from, to, reason }))
  return true
}
