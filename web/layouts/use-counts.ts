import type { CountsQuery } from '../generated/operations.ts'
import { useCountsQuery } from '../generated/hooks.ts'

/** The numbers of new orders, unread and handed-over chats. No event carries them, so they are refetched after events. */
export function useCounts(): CountsQuery | undefined {
  const [{ data }] = useCountsQuery({ requestPolicy: 'cache-and-network' })
  return data
}
