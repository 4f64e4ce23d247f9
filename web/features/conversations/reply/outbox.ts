import { useSyncExternalStore } from 'react'
import { useSendMessageMutation } from '../../../generated/hooks.ts'
import type { MessagePartsFragment } from '../../../generated/operations.ts'
import type { Connection } from '../../../graphql/connection.ts'
import { errorSentence } from '../../../graphql/errors.ts'
import { createIdempotencyKey } from '../../../graphql/idempotency-key.ts'
import { createStore, type Store } from '../../../graphql/store.ts'
import { useConnection } from '../../../session/connection.ts'

/** A reply that the server has not accepted yet. It is shown at once, and kept with the reason when the request fails. */
export type PendingReply = {
  /** Also the idempotency key, so a retry never sends the reply twice. */
  key: string
  conversationId: string
  text: string
  at: string
  problem: string | null
  /** Ids of the messages that existed when the reply was written: none of them is this reply. */
  existingIds: ReadonlySet<string>
}

type ShownMessage = Pick<MessagePartsFragment, 'id' | 'author' | 'text'>

/** Replies that are not among the messages yet. The live event may arrive before the mutation's response. */
export function stillPending(pending: PendingReply[], messages: ShownMessage[]): PendingReply[] {
  return pending.filter(
    (reply) =>
      !messages.some(
        (message) => message.author === 'STAFF' && message.text === reply.text && !reply.existingIds.has(message.id),
      ),
  )
}

// Kept outside React, so that leaving the chat does not lose a reply in flight.
const outboxes = new WeakMap<Connection, Store<PendingReply[]>>()

function outboxOf(connection: Connection): Store<PendingReply[]> {
  const outbox = outboxes.get(connection) ?? createStore<PendingReply[]>([])
  outboxes.set(connection, outbox)
  return outbox
}

export function useOutbox(conversationId: string) {
  const outbox = outboxOf(useConnection())
  const all = useSyncExternalStore(outbox.subscribe, outbox.get)
  const [, sendMessage] = useSendMessageMutation()

  const discard = (key: string) => outbox.set(outbox.get().filter((reply) => reply.key !== key))
  const setProblem = (key: string, problem: string | null) =>
    outbox.set(outbox.get().map((reply) => (reply.key === key ? { ...reply, problem } : reply)))

  const deliver = async ({ key, text }: PendingReply) => {
    setProblem(key, null)
    const { data, error } = await sendMessage({ input: { conversationId, text, idempotencyKey: key } })
    const outcome = data?.sendMessage
    if (outcome?.__typename === 'Message') return discard(key)
    if (error) return setProblem(key, errorSentence(error))
    const issues =
      outcome?.__typename === 'ValidationError' ? outcome.issues.map((issue) => issue.message).join(' ') : ''
    setProblem(key, issues || (outcome?.message ?? 'The message could not be sent.'))
  }

  const send = (text: string, messages: ShownMessage[]) => {
    const existingIds = new Set(messages.map((message) => message.id))
    const at = new Date().toISOString()
    const reply = { key: createIdempotencyKey(), conversationId, text, at, problem: null, existingIds }
    outbox.set([...outbox.get(), reply])
    void deliver(reply)
  }

  return { pending: all.filter((reply) => reply.conversationId === conversationId), send, retry: deliver, discard }
}
