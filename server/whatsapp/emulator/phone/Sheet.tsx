import { type ReactNode, useEffect, useId, useRef } from 'react'

import { CloseIcon } from './icons.tsx'

const focusable = 'button:not(:disabled), a[href], input:not(:disabled), textarea, [tabindex="0"]'

type Props = { title: string; onClose: () => void; children: ReactNode; footer?: ReactNode }

/** A panel that slides up inside the phone. Focus stays in it; Escape and a click beside it close it. */
export function Sheet({ title, onClose, children, footer }: Props) {
  const panel = useRef<HTMLDivElement>(null)
  const titleId = useId()

  useEffect(() => {
    const before = document.activeElement
    panel.current?.focus()
    return () => (before instanceof HTMLElement ? before.focus() : undefined)
  }, [])

  function onKeyDown(event: React.KeyboardEvent): void {
    if (event.key === 'Escape') onClose()
    if (event.key !== 'Tab') return
    const stops = [...(panel.current?.querySelectorAll<HTMLElement>(focusable) ?? [])]
    const edge = event.shiftKey ? stops[0] : stops.at(-1)
    const leaving = document.activeElement === edge || document.activeElement === panel.current
    if (!leaving || (!event.shiftKey && document.activeElement === panel.current)) return
    event.preventDefault()
    const target = event.shiftKey ? stops.at(-1) : stops[0]
    target?.focus()
  }

  return (
    <div className="sheet-layer" onKeyDown={onKeyDown} role="presentation">
      <div className="sheet-backdrop" onClick={onClose} role="presentation" />
      <div className="sheet" ref={panel} role="dialog" aria-modal="true" aria-labelledby={titleId} tabIndex={-1}>
        <header className="sheet-head">
          <h2 id={titleId}>{title}</h2>
          <button type="button" className="icon-button" onClick={onClose} aria-label="Close">
            <CloseIcon />
          </button>
        </header>
        <div className="sheet-body">{children}</div>
        {footer !== undefined && <footer className="sheet-foot">{footer}</footer>}
      </div>
    </div>
  )
}
