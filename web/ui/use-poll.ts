import { useDocumentVisibility } from '@mantine/hooks'
import { useEffect, useRef } from 'react'

const EVERY_MS = 3_000

/** Refetches every three seconds while the page is visible, for data whose changes no event reports. */
export function usePoll(refetch: (options: { requestPolicy: 'network-only' }) => void): void {
  const latest = useRef(refetch)
  const visible = useDocumentVisibility() === 'visible'
  useEffect(() => {
    latest.current = refetch
  })
  useEffect(() => {
    if (!visible) return
    const timer = setInterval(() => latest.current({ requestPolicy: 'network-only' }), EVERY_MS)
    return () => clearInterval(timer)
  }, [visible])
}
