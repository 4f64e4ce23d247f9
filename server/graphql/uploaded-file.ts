import { AppError } from '../errors.ts'

/** A file that came with a multipart request. Only the edge makes one, so that no JSON can pass for it. */
export class UploadedFile {
  /** As the client calls it; not to be trusted. */
  readonly fileName: string
  readonly bytes: Buffer
  constructor(fileName: string, bytes: Buffer) {
    this.fileName = fileName
    this.bytes = bytes
  }
}

/**
 * Takes the value of an `Upload` argument for what it must be.
 *
 * @throws AppError BAD_INPUT when it came as JSON.
 */
export function uploadedFile(value: unknown): UploadedFile {
  if (value instanceof UploadedFile) return value
  throw new AppError(
    'BAD_INPUT',
    'A file is not written into variables: send the request as multipart/form-data with "operations", "map" and the file.',
  )
}
