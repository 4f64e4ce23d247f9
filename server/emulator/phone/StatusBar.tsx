import { useEffect, useState } from 'react'

import { formatTime } from './format.ts'

/** The phone's status bar, part of the frame that large screens show. */
export function StatusBar() {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000)
    return () => clearInterval(timer)
  }, [])
  return (
    <div className="status-bar" aria-hidden="true">
      <span>{formatTime(now)}</span>
      <span className="notch" />
      <svg width="46" height="12" viewBox="0 0 46 12" fill="currentColor">
        <rect x="0" y="7" width="3" height="5" rx="1" />
        <rect x="4.5" y="5" width="3" height="7" rx="1" />
        <rect x="9" y="2.5" width="3" height="9.5" rx="1" />
        <rect x="13.5" y="0" width="3" height="12" rx="1" />
        <rect x="22.5" y=".5" width="20" height="11" rx="3" fill="none" stroke="currentColor" opacity=".5" />
        <rect x="24" y="2" width="15" height="8" rx="1.8" />
        <rect x="44" y="4" width="1.5" height="4" rx=".7" opacity=".5" />
      </svg>
    </div>
  )
}
