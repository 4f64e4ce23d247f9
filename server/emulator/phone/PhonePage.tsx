import { useEffect, useSyncExternalStore } from 'react'

import { ChatList } from './ChatList.tsx'
import { ChatScreen } from './ChatScreen.tsx'
import type { ChatStore } from './chat-store.ts'
import { CustomerPicker } from './CustomerPicker.tsx'
import { StatusBar } from './StatusBar.tsx'
import { TemplateReview } from './TemplateReview.tsx'
import { select, useSelection } from './use-selection.ts'

/** A simulated phone: a person chats with the shops as one of their customers. */
export function PhonePage({ store }: { store: ChatStore }) {
  const state = useSyncExternalStore(store.subscribe, store.state)
  const selection = useSelection()
  // Without a selection in the URL, the first customer opens the chat with the first shop.
  const customer = state.customers.find((c) => c.id === selection?.customerId) ?? state.customers[0]
  const selectedNumber = selection === undefined ? state.numbers[0]?.phoneNumberId : selection.phoneNumberId
  const number = state.numbers.find((candidate) => candidate.phoneNumberId === selectedNumber)

  useEffect(() => {
    if (customer === undefined) return
    for (const { phoneNumberId } of state.numbers) store.openChat(phoneNumberId, customer.id)
  }, [store, state.numbers, customer])

  const choose = (id: string) => select(id, number?.phoneNumberId)

  return (
    <div className="page">
      <aside className="side" aria-label="Customers">
        <p className="brand">Storeline</p>
        <p className="side-title">A phone to try your shop with</p>
        <p className="lead">
          Write to a shop as one of its customers and watch the order arrive in the dashboard. Nothing here reaches the
          real WhatsApp.
        </p>
        <CustomerPicker customers={state.customers} selected={customer?.id} onSelect={choose} />
        <TemplateReview templates={state.templates} />
        <p className="hint">
          New here? Open a chat and write <strong>hi</strong>.
        </p>
      </aside>
      <main className="device">
        <div className="screen">
          <StatusBar />
          {customer === undefined ? (
            <p className="loading" role="status">
              {state.connection === 'offline' ? 'Waiting for the server…' : 'Loading…'}
            </p>
          ) : number === undefined ? (
            <ChatList state={state} customer={customer} onSelectCustomer={choose} />
          ) : (
            <ChatScreen
              key={`${number.phoneNumberId}/${customer.id}`}
              state={state}
              customer={customer}
              number={number}
            />
          )}
        </div>
      </main>
    </div>
  )
}
