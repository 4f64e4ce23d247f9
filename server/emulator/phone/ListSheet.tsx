import { useId, useState } from 'react'

import type { ChatBody } from '../state/model.ts'
import { Sheet } from './Sheet.tsx'

type Props = {
  list: Extract<ChatBody, { kind: 'list' }>
  onChoose: (choiceId: string) => void
  onClose: () => void
}

/** Shows the rows of a list message: the person selects one, then sends it. */
export function ListSheet({ list, onChoose, onClose }: Props) {
  const [chosen, setChosen] = useState<string>()
  const group = useId()
  return (
    <Sheet
      title={list.button}
      onClose={onClose}
      footer={
        <button
          type="button"
          className="wide-button"
          disabled={chosen === undefined}
          onClick={() => chosen !== undefined && onChoose(chosen)}
        >
          Send
        </button>
      }
    >
      {list.sections.map((section) => (
        <fieldset key={section.rows[0]?.id} className="section">
          {section.title !== '' && <legend>{section.title}</legend>}
          {section.rows.map((row) => (
            <label key={row.id} className="option">
              <span className="option-text">
                <span className="option-title">{row.title}</span>
                {row.description && <span className="small">{row.description}</span>}
              </span>
              <input
                type="radio"
                name={group}
                value={row.id}
                checked={chosen === row.id}
                onChange={() => setChosen(row.id)}
              />
            </label>
          ))}
        </fieldset>
      ))}
    </Sheet>
  )
}
