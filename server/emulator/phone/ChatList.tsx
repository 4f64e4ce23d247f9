import { useState } from 'react'

import type { Customer } from '../state/model.ts'
import { Avatar } from './Avatar.tsx'
import type { PhoneState } from './chat-store.ts'
import { chatOf } from './chat-store.ts'
import { CustomerPicker } from './CustomerPicker.tsx'
import { dayOf, formatDay, formatTime } from './format.ts'
import { PeopleIcon, Ticks } from './icons.tsx'
import { previewOf } from './preview.ts'
import { Sheet } from './Sheet.tsx'
import { select } from './use-selection.ts'

type Props = { state: PhoneState; customer: Customer; onSelectCustomer: (id: string) => void }

const when = (at: number): string => (dayOf(at) === dayOf(Date.now()) ? formatTime(at) : formatDay(at))

/** Lists the chats of this customer, one for each shop. */
export function ChatList({ state, customer, onSelectCustomer }: Props) {
  const [choosing, setChoosing] = useState(false)
  const choose = (id: string) => {
    setChoosing(false)
    onSelectCustomer(id)
  }
  return (
    <section className="chat-list" aria-label="Chats">
      <header className="list-head">
        <h1>Chats</h1>
        <button type="button" className="who" onClick={() => setChoosing(true)}>
          <PeopleIcon />
          {customer.name}
        </button>
      </header>
      <ul>
        {state.numbers.map((number, index) => {
          const { messages, typing } = chatOf(state, number.phoneNumberId, customer.id)
          const last = messages.at(-1)
          const unread = messages.filter(
            (m) => m.from === 'shop' && m.status !== 'read' && m.status !== 'failed',
          ).length
          return (
            <li key={number.phoneNumberId}>
              <button type="button" className="chat-row" onClick={() => select(customer.id, number.phoneNumberId)}>
                <Avatar name={number.name} tone={index} />
                <span className="row-text">
                  <span className="row-line">
                    <span className="row-name">{number.name}</span>
                    {last && <span className="small">{when(last.at)}</span>}
                  </span>
                  <span className="row-line">
                    <span className="row-preview">
                      {typing ? (
                        <span className="typing-word">typing…</span>
                      ) : (
                        <>
                          {last?.from === 'customer' && <Ticks status={last.status} />}
                          {last ? previewOf(last) : 'Tap to start a chat'}
                        </>
                      )}
                    </span>
                    {unread > 0 && (
                      <span className="badge" aria-label={`${unread} unread`}>
                        {unread}
                      </span>
                    )}
                  </span>
                </span>
              </button>
            </li>
          )
        })}
      </ul>
      {choosing && (
        <Sheet title="Choose the customer" onClose={() => setChoosing(false)}>
          <CustomerPicker customers={state.customers} selected={customer.id} onSelect={choose} />
        </Sheet>
      )}
    </section>
  )
}
