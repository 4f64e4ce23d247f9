import { useEffect } from 'react'

/** "(3) Orders · Storeline": the number only when there is something new. */
export function titleOf(page: string, count = 0): string {
  return `${count > 0 ? `(${count}) ` : ''}${page} · Storeline`
}

export function useTitle(page: string, count = 0): void {
  useEffect(() => {
    document.title = titleOf(page, count)
  }, [page, count])
}
