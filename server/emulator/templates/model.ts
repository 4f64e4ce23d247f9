import { z } from 'zod'

export const templateStatus = z.enum(['PENDING', 'APPROVED', 'REJECTED', 'PAUSED', 'DISABLED'])
export type TemplateStatus = z.infer<typeof templateStatus>

export const qualityScore = z.enum(['GREEN', 'YELLOW', 'RED', 'UNKNOWN'])
export type QualityScore = z.infer<typeof qualityScore>

/** Why a template was rejected (Meta, webhook `message_template_status_update`). */
export const rejectionReason = z.enum([
  'ABUSIVE_CONTENT',
  'INCORRECT_CATEGORY',
  'INVALID_FORMAT',
  'PROMOTIONAL',
  'SCAM',
  'TAG_CONTENT_MISMATCH',
])
export type RejectionReason = z.infer<typeof rejectionReason>

/** A template in the emulator's memory. */
export const templateSchema = z.object({
  id: z.string(),
  wabaId: z.string(),
  name: z.string(),
  language: z.string(),
  category: z.string(),
  parameterFormat: z.enum(['NAMED', 'POSITIONAL']),
  /** As they were submitted, in Meta's JSON; checked by `rules.ts` before they come here. */
  components: z.array(z.looseObject({ type: z.string() })),
  status: templateStatus,
  reason: rejectionReason.optional(),
  quality: qualityScore,
  /** Ms since 1970 on the emulator's clock. */
  submittedAt: z.number(),
  /** When an approved one was edited, for the limit of edits. */
  editedAt: z.array(z.number()),
  /** How often it was paused: the third time disables it. */
  pauses: z.number(),
})
export type Template = z.infer<typeof templateSchema>

/** A deleted name, not to be used again for 30 days. */
export const deletedNameSchema = z.object({ wabaId: z.string(), name: z.string(), at: z.number() })
export type DeletedName = z.infer<typeof deletedNameSchema>

/** What the reviewer does with what is submitted. */
export const reviewSchema = z.object({
  decision: z.enum(['APPROVE', 'REJECT']),
  reason: rejectionReason,
  /** From submission to decision; null leaves the decision to a person. */
  afterMs: z.number().int().min(0).max(3_600_000).nullable(),
})
export type Review = z.infer<typeof reviewSchema>
