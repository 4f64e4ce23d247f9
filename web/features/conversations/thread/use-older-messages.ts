import { useEffect, useState } from 'react'
import { useClient } from 'urql'
import {
  OlderMessagesDocument,
  type MessagePartsFragment,
  type OlderMessagesQuery,
} from '../../../generated/operations.ts'

type Page = NonNullable<OlderMessagesQuery['conversation']>['messages']
type PageInfo = Page['pageInfo']

type OlderMessages = {
  /** Newest first, starting where the first page ends. */
  messages: MessagePartsFragment[]
  hasMore: boolean
  loading: boolean
  loadMore: () => void
}

/**
 * The older pages of a conversation. Each stays subscribed in the cache, so that ticks keep updating. When a refetch
 * moves the end of the first page, the older pages would leave a gap, so they are dropped.
 */
export function useOlderMessages(conversationId: string, firstPage: PageInfo | undefined): OlderMessages {
  const client = useClient()
  const [cursors, setCursors] = useState<string[]>([])
  const [pages, setPages] = useState<Record<string, Page>>({})
  const start = firstPage?.endCursor ?? null
  const valid = cursors[0] === start ? cursors : []

  useEffect(() => {
    const subscriptions = cursors.map((after) =>
      client.query(OlderMessagesDocument, { id: conversationId, after }).subscribe(({ data }) => {
        const page = data?.conversation?.messages
        if (page) setPages((now) => ({ ...now, [after]: page }))
      }),
    )
    return () => subscriptions.forEach((subscription) => subscription.unsubscribe())
  }, [client, conversationId, cursors])

  const loaded = valid.flatMap((cursor) => pages[cursor] ?? [])
  const lastInfo = valid.length === 0 ? firstPage : loaded[valid.length - 1]?.pageInfo
  const loading = loaded.length < valid.length
  return {
    messages: loaded.flatMap((page) => page.edges.map((edge) => edge.node)),
    hasMore: lastInfo?.hasNextPage ?? false,
    loading,
    loadMore: () => {
      if (lastInfo?.endCursor && !loading) setCursors([...valid, lastInfo.endCursor])
    },
  }
}
