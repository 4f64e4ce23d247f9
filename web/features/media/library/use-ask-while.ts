import { useDocumentVisibility } from '@mantine/hooks'
import { useEffect, useRef } from 'react'

type Ask = (options: { requestPolicy: 'network-only' }) => void

const EVERY_MS = 1_000

/**
 * Asks a query again while something it shows moves on by steps that no event tells: the percent of an image that is
 * being made ready. The end is told by `media_processed`.
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
