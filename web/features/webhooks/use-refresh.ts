import { useDocumentVisibility } from '@mantine/hooks'
import { useEffect, useRef } from 'react'

/** Asks again every `everyMs` while the page is looked at: no event tells how deliveries go. */
export function useRefresh(ask: (options: { requestPolicy: 'network-only' }) => void, everyMs: number): void {
  const latest = useRef(ask)
  const visible = useDocumentVisibility() === 'visible'
  useEffect(() => {
    latest.current = ask
  })
  useEffect(() => {
    if (!visible) return
    const timer = setInterval(() => latest.current({ requestPolicy: 'network-only' }), everyMs)
    return () => clearInterval(timer)
  }, [visible, everyMs])
}
