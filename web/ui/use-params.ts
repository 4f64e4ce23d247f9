import { useLocation, useSearch } from 'wouter'

type Changes = Record<string, string | null>

/**
 * The URL's query parameters, and a setter that merges changes (null or '' removes a parameter). By default it replaces
 * the history entry; with `push` it adds one, so that Back works.
 */
export function useParams(): [URLSearchParams, (changes: Changes, options?: { push?: boolean }) => void] {
  const params = new URLSearchParams(useSearch())
  const [path, navigate] = useLocation()
  const change = (changes: Changes, { push = false } = {}) => {
    const next = new URLSearchParams(location.search)
    for (const [name, value] of Object.entries(changes)) {
      if (value) next.set(name, value)
      else next.delete(name)
    }
    const query = next.toString()
    navigate(query ? `${path}?${query}` : path, { replace: !push })
  }
  return [params, change]
}
