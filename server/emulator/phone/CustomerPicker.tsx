import { type FormEvent, useId, useState } from 'react'

import type { Customer } from '../state/model.ts'
import { addCustomer } from './api.ts'
import { Avatar } from './Avatar.tsx'
import { formatPhone } from './format.ts'
import { PlusIcon } from './icons.tsx'

type Props = { customers: readonly Customer[]; selected: string | undefined; onSelect: (id: string) => void }

/** Reads a user name if the text contains letters, else a phone number. */
function readIdentity(text: string): { phone: string } | { username: string } {
  return /[a-z@]/i.test(text) ? { username: text.trim().toLowerCase() } : { phone: text }
}

function AddCustomer({ onAdded }: { onAdded: (id: string) => void }) {
  const [identity, setIdentity] = useState('')
  const [problem, setProblem] = useState<string>()
  const problemId = useId()

  async function add(event: FormEvent): Promise<void> {
    event.preventDefault()
    try {
      onAdded((await addCustomer(readIdentity(identity))).id)
      setIdentity('')
      setProblem(undefined)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }

  return (
    <form className="add-customer" onSubmit={(event) => void add(event)}>
      <label>
        Add a customer
        <span className="add-line">
          <input
            value={identity}
            onChange={(event) => setIdentity(event.target.value)}
            placeholder="+1 555 010 0103 or @username"
            maxLength={40}
            required
            aria-describedby={problem === undefined ? undefined : problemId}
          />
          <button type="submit" className="round-button" aria-label="Add customer">
            <PlusIcon />
          </button>
        </span>
      </label>
      <p className="small">A user name alone creates a customer without a phone number.</p>
      {problem !== undefined && (
        <p className="problem" id={problemId} role="alert">
          {problem}
        </p>
      )}
    </form>
  )
}

export function CustomerPicker({ customers, selected, onSelect }: Props) {
  const group = useId()
  return (
    <div className="picker">
      <fieldset>
        <legend>You are</legend>
        {customers.map((customer) => (
          <label key={customer.id} className="person">
            <input
              type="radio"
              name={group}
              checked={customer.id === selected}
              onChange={() => onSelect(customer.id)}
            />
            <Avatar name={customer.name} />
            <span className="person-text">
              <span className="person-name">{customer.name}</span>
              <span className="small">
                {customer.waId === undefined ? `${customer.username} · no phone number` : formatPhone(customer.waId)}
              </span>
            </span>
          </label>
        ))}
      </fieldset>
      <AddCustomer onAdded={onSelect} />
    </div>
  )
}
