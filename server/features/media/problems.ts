import { DomainError } from '../../errors.ts'
import { MEDIA_PROBLEMS, type MediaProblem } from './domain.ts'

/** The image cannot be used; `code` is the reason, and `mayRetry` decides whether a retry may succeed. */
export class MediaRefusedError extends DomainError {
  readonly code: MediaProblem
  constructor(code: MediaProblem, options?: { cause: unknown }) {
    super(MEDIA_PROBLEMS[code])
    this.code = code
    this.cause = options?.cause
  }
}

/** The blob store is full or unreachable. Repeating the upload later with the same key completes it. */
export class MediaStorageUnavailableError extends DomainError {
  constructor(cause: unknown) {
    super('Images cannot be stored at the moment. Nothing was added; send the same image again in a few minutes.')
    this.cause = cause
  }
}

/** Products and templates that show an image, and the number of payments whose proof it is. */
export type MediaUses = { productIds: string[]; templates: string[]; payments: number }

/** The image is in use and was not removed. */
export class MediaInUseError extends DomainError {
  readonly uses: MediaUses
  constructor(uses: MediaUses) {
    super(sentenceOf(uses))
    this.uses = uses
  }
}

function sentenceOf({ productIds, templates, payments }: MediaUses): string {
  if (payments > 0)
    return payments === 1
      ? 'This image is the proof of a payment and stays with it.'
      : `This image is the proof of ${payments} payments and stays with them.`
  const showing = [
    ...(productIds.length > 0 ? [productIds.length === 1 ? 'a product' : `${productIds.length} products`] : []),
    ...(templates.length > 0 ? [templates.length === 1 ? 'a template' : `${templates.length} templates`] : []),
  ]
  return `This image is shown by ${showing.join(' and ')}. Choose another image there first.`
}
