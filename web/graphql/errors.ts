import type { CombinedError } from '@urql/core'

/** The error code (`UNAUTHENTICATED`, `FORBIDDEN`, …; docs/errors.md) of a failed operation; null without one. */
export function errorCode(error: CombinedError | undefined): string | null {
  const code = error?.graphQLErrors.find((item) => item.extensions['code'])?.extensions['code']
  if (typeof code === 'string') return code
  return isHttpStatus(error, 401) ? 'UNAUTHENTICATED' : null
}

function isHttpStatus(error: CombinedError | undefined, status: number): boolean {
  return (error?.response as { status?: number } | undefined)?.status === status
}

export function isSignedOut(error: CombinedError | undefined): boolean {
  return errorCode(error) === 'UNAUTHENTICATED'
}

/** An error as a sentence for people: the fault, and the remedy. */
export function errorSentence(error: CombinedError): string {
  const code = errorCode(error)
  if (code === 'FORBIDDEN') return 'Your role does not allow this.'
  if (code === 'RATE_LIMITED') {
    const seconds = error.graphQLErrors.find((item) => item.extensions['retryAfter'])?.extensions['retryAfter']
    return typeof seconds === 'number'
      ? `Too many attempts. Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`
      : 'Too many requests at once. Wait a moment and try again.'
  }
  if (error.networkError) return 'The shop could not be reached. Check your connection and try again.'
  return error.graphQLErrors[0]?.message ?? 'Something went wrong. Try again.'
}
