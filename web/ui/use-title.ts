import { useEffect } from 'react'
import { countText } from '../format/counts.ts'

/** "(3) Orders · Storeline", without the number when it is 0. */
export function titleOf(page: string, count = 0): string {
  return `${count > 0 ? `(${countText(count)}) ` : ''}${page} · Storeline`
}

export function useTitle(page: string, count = 0): void {
  useEffect(() => {
    document.title = titleOf(page, count)
  }, [page, count])
}
