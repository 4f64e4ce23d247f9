import { DomainError } from '../../errors.ts'

/** The template changed since the version that the caller edited. */
export class TemplateConflictError extends DomainError {
  readonly templateId: string
  readonly version: number
  constructor({ id, version }: { id: string; version: number }) {
    super(`The template was changed meanwhile and is at version ${version} now. Look at it again, then repeat.`)
    this.templateId = id
    this.version = version
  }
}
