import { DomainError, type ValidationIssue } from '../../errors.ts'
import type { Refusal } from '../templates/domain/preflight.ts'

/** WhatsApp would refuse the message with the error `code`, so it was not sent. */
export class PreflightError extends DomainError {
  readonly code: number
  readonly issues: ValidationIssue[]
  constructor({ code, message, issues }: Refusal) {
    super(message)
    this.code = code
    this.issues = issues.map((issue) => ({ ...issue, path: `input.${issue.path}` }))
  }
}
