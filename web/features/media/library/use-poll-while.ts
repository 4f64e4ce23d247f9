import { useDocumentVisibility } from '@mantine/hooks'
import { useEffect, useRef } from 'react'

type Refetch = (options: { requestPolicy: 'network-only' }) => void

const EVERY_MS = 1_000

/**
 * Polls a query every second while `inProgress`, for progress that no event carries: the percentage of an image in
 * processing. The event `media_processed` reports the end.
 */
export function usePollWhile(inProgress: boolean, refetch: Refetch): void {
  const latest = useRef(refetch)
  const visible = useDocumentVisibility() === 'visible'
  useEffect(() => {
    latest.current = refetch
  })
  useEffect(() => {
    if (!inProgress || !visible) return
    const timer = setInterval(() => latest.current({ requestPolicy: 'network-only' }), EVERY_MS)
    return () => clearInterval(timer)
  }, [inProgress, visible])
}
