import { useCreateApiKeyMutation, useRevokeApiKeyMutation, useRotateApiKeyMutation } from '../../generated/hooks.ts'
import type { ApiKeyRowFragment } from '../../generated/operations.ts'
import { errorSentence } from '../../graphql/errors.ts'
import { createIdempotencyKey } from '../../graphql/idempotency-key.ts'
import type { Issue } from '../../graphql/issues.ts'
import { useConnection } from '../../session/connection.ts'

export type IssuedKey = { secret: string; apiKey: ApiKeyRowFragment }
type Refused = { refusal: string; issues: readonly Issue[] }
export type NewKey = { name: string; scopes: string[]; expiresAt: string | null }

type Outcome =
  | { __typename: 'IssuedApiKey'; secret: string | null; apiKey: ApiKeyRowFragment }
  | { __typename: 'ValidationError'; message: string; issues?: readonly Issue[] }
  | { __typename: string; message: string }

const UNKNOWN_ERROR = 'Something went wrong. Try again.'

function readOutcome(outcome: Outcome | undefined): IssuedKey | Refused {
  if (!outcome) return { refusal: UNKNOWN_ERROR, issues: [] }
  if ('apiKey' in outcome) {
    const { secret, apiKey } = outcome
    return secret === null
      ? {
          refusal: 'This secret was already shown and cannot be shown again. Rotate the key to get a new one.',
          issues: [],
        }
      : { secret, apiKey }
  }
  return { refusal: outcome.message, issues: 'issues' in outcome ? (outcome.issues ?? []) : [] }
}

export const isRefused = (outcome: IssuedKey | Refused): outcome is Refused => 'refusal' in outcome

/** Creates, rotates and revokes keys. Each action refetches the list afterwards. */
export function useKeyActions() {
  const { activeQueries } = useConnection()
  const [, createApiKey] = useCreateApiKeyMutation()
  const [, rotateApiKey] = useRotateApiKeyMutation()
  const [, revokeApiKey] = useRevokeApiKeyMutation()
  const refresh = () => activeQueries.refetch((name) => name === 'ApiKeys')

  return {
    create: async (key: NewKey): Promise<IssuedKey | Refused> => {
      const { data, error } = await createApiKey({ input: { ...key, idempotencyKey: createIdempotencyKey() } })
      refresh()
      return error ? { refusal: errorSentence(error), issues: [] } : readOutcome(data?.createApiKey)
    },
    rotate: async (id: string, overlapHours: number): Promise<IssuedKey | Refused> => {
      const { data, error } = await rotateApiKey({
        input: { id, overlapHours, idempotencyKey: createIdempotencyKey() },
      })
      refresh()
      return error ? { refusal: errorSentence(error), issues: [] } : readOutcome(data?.rotateApiKey)
    },
    /** Resolves to the reason why the key was not revoked; null on success. */
    revoke: async (id: string, keepIssued: boolean): Promise<string | null> => {
      const { data, error } = await revokeApiKey({ input: { id, keepIssued } })
      refresh()
      if (error) return errorSentence(error)
      const outcome = data?.revokeApiKey
      if (outcome?.__typename === 'ApiKey') return null
      return (outcome && 'message' in outcome && outcome.message) || UNKNOWN_ERROR
    },
  }
}
