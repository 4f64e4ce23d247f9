import { useEffect, useState } from 'react'

import type { ChatMessage, Customer, ShopNumber } from '../state/model.ts'
import type { Action, Chat } from './api.ts'
import { markChatRead, sendAction, sendPhoto, stopMarketing } from './api.ts'
import { Avatar } from './Avatar.tsx'
import type { PhoneState } from './chat-store.ts'
import { chatOf } from './chat-store.ts'
import { Composer } from './Composer.tsx'
import { BackIcon, OffersIcon } from './icons.tsx'
import { MessageLog } from './MessageLog.tsx'
import { select } from './use-selection.ts'
import { useVisible } from './use-visible.ts'

type Props = { state: PhoneState; customer: Customer; number: ShopNumber }

/** Marks a visible chat as read. */
function useMarkChatRead(chat: Chat, messages: readonly ChatMessage[]): void {
  const visible = useVisible()
  const { phoneNumberId, customerId } = chat
  const arrived = messages.filter((m) => m.from === 'shop' && m.status === 'delivered').length
  useEffect(() => {
    // The ticks show a failure; the next message retries.
    if (visible && arrived > 0) markChatRead({ phoneNumberId, customerId }).catch(() => undefined)
  }, [visible, arrived, phoneNumberId, customerId])
}

export function ChatScreen({ state, customer, number }: Props) {
  const { messages, typing, marketingStopped } = chatOf(state, number.phoneNumberId, customer.id)
  const [problem, setProblem] = useState<string>()
  const chat: Chat = { phoneNumberId: number.phoneNumberId, customerId: customer.id }
  useMarkChatRead(chat, messages)

  async function attempt(sending: Promise<unknown>): Promise<boolean> {
    try {
      await sending
      setProblem(undefined)
      return true
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
      return false
    }
  }
  const send = (action: Action) => attempt(sendAction(chat, action))

  return (
    <section className="chat" aria-label={`Chat with ${number.name}`}>
      <header className="chat-head">
        <button type="button" className="icon-button" onClick={() => select(customer.id)} aria-label="Back to chats">
          <BackIcon />
        </button>
        <Avatar name={number.name} tone={state.numbers.indexOf(number)} />
        <div className="chat-title">
          <h1>{number.name}</h1>
          <p className="small">
            {typing ? <span className="typing-word">typing…</span> : 'Business account'}
            <span className="as-customer"> · you are {customer.name}</span>
          </p>
        </div>
        <button
          type="button"
          className="icon-button offers"
          aria-label="Offers from this shop"
          aria-pressed={!marketingStopped}
          title={marketingStopped ? 'Offers are stopped. Allow them again' : 'Stop offers from this shop'}
          onClick={() => void attempt(stopMarketing(chat, !marketingStopped))}
        >
          <OffersIcon off={marketingStopped} />
        </button>
      </header>
      {state.connection === 'offline' && (
        <p className="banner" role="status">
          Waiting for connection…
        </p>
      )}
      <MessageLog messages={messages} typing={typing} shopName={number.name} onSend={(action) => void send(action)} />
      {problem !== undefined && (
        <p className="banner banner-problem" role="alert">
          {problem}
        </p>
      )}
      <Composer onSend={send} onPhoto={(file, caption) => attempt(sendPhoto(chat, file, caption))} />
    </section>
  )
}
