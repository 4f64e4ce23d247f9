import { useParams } from './use-params.ts'

const PAGE_SIZE = 20

export type PageState = {
  variables: { first?: number; after?: string; last?: number; before?: string }
  isPaged: boolean
  toAfter: (cursor: string | null) => void
  toBefore: (cursor: string | null) => void
  toFirst: () => void
}

/** The current keyset page from the URL: `?after=` or `?before=` a cursor, else the first page. */
export function usePage(): PageState {
  const [params, setParams] = useParams()
  const after = params.get('after')
  const before = params.get('before')
  const to = (next: { after?: string | null; before?: string | null }) => {
    setParams({ after: null, before: null, ...next }, { push: true })
    scrollTo({ top: 0 })
  }
  return {
    variables: before ? { last: PAGE_SIZE, before } : { first: PAGE_SIZE, ...(after ? { after } : {}) },
    isPaged: Boolean(after ?? before),
    toAfter: (cursor) => to({ after: cursor }),
    toBefore: (cursor) => to({ before: cursor }),
    toFirst: () => to({}),
  }
}
