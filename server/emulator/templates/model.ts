import * as z from 'zod'

export const templateStatus = z.enum(['PENDING', 'APPROVED', 'REJECTED', 'PAUSED', 'DISABLED'])
export type TemplateStatus = z.infer<typeof templateStatus>

export const qualityScore = z.enum(['GREEN', 'YELLOW', 'RED', 'UNKNOWN'])
export type QualityScore = z.infer<typeof qualityScore>

/** Reasons of a rejection (Meta, webhook `message_template_status_update`). */
export const rejectionReason = z.enum([
  'ABUSIVE_CONTENT',
  'INCORRECT_CATEGORY',
  'INVALID_FORMAT',
  'PROMOTIONAL',
  'SCAM',
  'TAG_CONTENT_MISMATCH',
])
export type RejectionReason = z.infer<typeof rejectionReason>

/** A template in the emulator's state. */
export const templateSchema = z.object({
  id: z.string(),
  wabaId: z.string(),
  name: z.string(),
  language: z.string(),
  category: z.string(),
  parameterFormat: z.enum(['NAMED', 'POSITIONAL']),
  /** As submitted, in Meta's JSON; validated by `rules.ts` before. */
  components: z.array(z.looseObject({ type: z.string() })),
  status: templateStatus,
  reason: rejectionReason.optional(),
  quality: qualityScore,
  /** Ms since 1970 on the emulator's clock. */
  submittedAt: z.number(),
  /** Times of edits while approved, for the limit of edits. */
  editedAt: z.array(z.number()),
  /** Number of pauses: the third one disables the template. */
  pauses: z.number(),
})
export type Template = z.infer<typeof templateSchema>

/** The name of a deleted template, blocked for 30 days. */
export const deletedNameSchema = z.object({ wabaId: z.string(), name: z.string(), at: z.number() })
export type DeletedName = z.infer<typeof deletedNameSchema>

/** The reviewer's decision about submissions. */
export const reviewSchema = z.object({
  decision: z.enum(['APPROVE', 'REJECT']),
  reason: rejectionReason,
  /** From submission to decision; null leaves the decision to a person. */
  afterMs: z.number().int().min(0).max(3_600_000).nullable(),
})
export type Review = z.infer<typeof reviewSchema>
