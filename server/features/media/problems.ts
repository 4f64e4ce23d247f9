import { DomainError } from '../../errors.ts'
import { MEDIA_PROBLEMS, type MediaProblem } from './domain.ts'

/** The file cannot be used as a picture, and no repeat will change that. */
export class MediaRefusedError extends DomainError {
  readonly code: MediaProblem
  constructor(code: MediaProblem, options?: { cause: unknown }) {
    super(MEDIA_PROBLEMS[code])
    this.code = code
    this.cause = options?.cause
  }
}

/** The store for files is full or out of reach. The same upload, repeated later with its key, goes on from there. */
export class MediaStorageUnavailableError extends DomainError {
  constructor(cause: unknown) {
    super('Pictures cannot be stored at the moment. Nothing was added; send the same picture again in a few minutes.')
    this.cause = cause
  }
}

/** Who shows a picture, or rests on it. */
export type MediaUses = { productIds: string[]; templates: string[]; payments: number }

/** The picture is shown somewhere and stays until it is not. */
export class MediaInUseError extends DomainError {
  readonly uses: MediaUses
  constructor(uses: MediaUses) {
    super(sentenceOf(uses))
    this.uses = uses
  }
}

function sentenceOf({ productIds, templates, payments }: MediaUses): string {
  if (payments > 0)
    return `This picture is the proof of ${payments === 1 ? 'a payment' : `${payments} payments`} and stays with it.`
  const showing = [
    ...(productIds.length > 0 ? [productIds.length === 1 ? 'a product' : `${productIds.length} products`] : []),
    ...(templates.length > 0 ? [templates.length === 1 ? 'a template' : `${templates.length} templates`] : []),
  ]
  return `This picture is shown by ${showing.join(' and ')}. Choose another one there first.`
}
