import { AppError } from '../errors.ts'

/** A file of a multipart request. Only the HTTP edge creates one, so that JSON cannot imitate it. */
export class UploadedFile {
  /** The name that the client sent; do not trust it. */
  readonly fileName: string
  readonly bytes: Buffer
  constructor(fileName: string, bytes: Buffer) {
    this.fileName = fileName
    this.bytes = bytes
  }
}

/**
 * Narrows the value of an `Upload` argument to a file.
 *
 * @throws AppError BAD_INPUT when it came as JSON.
 */
export function requireUploadedFile(value: unknown): UploadedFile {
  if (value instanceof UploadedFile) return value
  throw new AppError(
    'BAD_INPUT',
    'A file cannot be sent in variables: send the request as multipart/form-data with "operations", "map" and the file.',
  )
}
