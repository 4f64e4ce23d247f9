import type { CountsQuery } from '../generated/operations.ts'
import { useCountsQuery } from '../generated/hooks.ts'

/** What waits for the merchant; asked again after events, since no event carries it. */
export function useCounts(): CountsQuery | undefined {
  const [{ data }] = useCountsQuery({ requestPolicy: 'cache-and-network' })
  return data
}
