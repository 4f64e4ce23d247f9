import * as z from 'zod'
import { isPermission, KEY_SCOPES, type Permission } from '../../auth/permissions.ts'
import { MAX_OVERLAP_HOURS } from './domain.ts'

const idempotencyKey = z.string().nullish()

const scope = z.string().transform((name, ctx): Permission => {
  if (isPermission(name) && KEY_SCOPES.includes(name)) return name
  ctx.addIssue({ code: 'custom', message: 'is no scope of a key; apiKeyScopes lists them' })
  return z.NEVER
})

export const newApiKeySchema = z.object({
  name: z.string().trim().min(1, 'must not be empty').max(80, 'must have at most 80 characters'),
  scopes: z
    .array(scope)
    .min(1, 'must name at least one scope')
    .max(KEY_SCOPES.length, `must name at most ${KEY_SCOPES.length} scopes`)
    .refine((scopes) => new Set(scopes).size === scopes.length, 'must name each scope once'),
  expiresAt: z.date().nullish(),
  idempotencyKey,
})

export const rotationSchema = z.object({
  id: z.string(),
  overlapHours: z
    .int()
    .min(0, 'must be at least 0')
    .max(MAX_OVERLAP_HOURS, `must be at most ${MAX_OVERLAP_HOURS}`)
    .nullish()
    .transform((hours) => hours ?? 24),
  idempotencyKey,
})

export type IssueApiKeyInput = z.input<typeof newApiKeySchema>
export type RotateApiKeyInput = z.input<typeof rotationSchema>
