import { useDocumentVisibility } from '@mantine/hooks'
import { useEffect, useRef } from 'react'

type Ask = (options: { requestPolicy: 'network-only' }) => void

const EVERY_MS = 1_000

/**
 * Polls a query every second while `moving`, for progress that no event carries: the percentage of an image in
 * processing. The event `media_processed` reports the end.
 */
export function useAskWhile(moving: boolean, ask: Ask): void {
  const latest = useRef(ask)
  const visible = useDocumentVisibility() === 'visible'
  useEffect(() => {
    latest.current = ask
  })
  useEffect(() => {
    if (!moving || !visible) return
    const timer = setInterval(() => latest.current({ requestPolicy: 'network-only' }), EVERY_MS)
    return () => clearInterval(timer)
  }, [moving, visible])
}
