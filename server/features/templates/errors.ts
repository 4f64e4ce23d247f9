import { DomainError, type ValidationIssue } from '../../errors.ts'
import type { Refusal } from './domain/preflight.ts'

/** WhatsApp would refuse the message; `code` is the one it would answer with. Nothing was sent. */
export class PreflightError extends DomainError {
  readonly code: number
  readonly issues: ValidationIssue[]
  constructor({ code, message, issues }: Refusal) {
    super(message)
    this.code = code
    this.issues = issues.map((issue) => ({ ...issue, path: `input.${issue.path}` }))
  }
}

/** Somebody else changed the template meanwhile. */
export class TemplateConflictError extends DomainError {
  readonly templateId: string
  readonly version: number
  constructor({ id, version }: { id: string; version: number }) {
    super(`The template was changed meanwhile and is at version ${version} now. Look at it again, then repeat.`)
    this.templateId = id
    this.version = version
  }
}
