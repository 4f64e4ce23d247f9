import { DomainError, type ValidationIssue } from '../../errors.ts'
import type { Refusal } from '../templates/domain/preflight.ts'

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
