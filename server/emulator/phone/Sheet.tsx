import { type ReactNode, useEffect, useId, useRef } from 'react'
import { createPortal } from 'react-dom'

import { CloseIcon } from './icons.tsx'

const focusable = 'button:not(:disabled), a[href], input:not(:disabled), textarea, [tabindex="0"]'

type Props = { title: string; onClose: () => void; children: ReactNode; footer?: ReactNode }

/** A modal panel inside the phone. It traps the focus; Escape and a click outside close it. */
export function Sheet({ title, onClose, children, footer }: Props) {
  const panel = useRef<HTMLDivElement>(null)
  const titleId = useId()

  // The open panel makes the rest of the page inert; closing it restores the focus.
  useEffect(() => {
    const layer = panel.current?.parentElement
    const behind = [...(layer?.parentElement?.children ?? [])].filter((element) => element !== layer)
    const before = document.activeElement
    for (const element of behind) element.toggleAttribute('inert', true)
    panel.current?.focus()
    return () => {
      for (const element of behind) element.toggleAttribute('inert', false)
      if (before instanceof HTMLElement) before.focus()
    }
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

  return createPortal(
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
    </div>,
    document.querySelector('.screen') ?? document.body,
  )
}
