import type { ClaimTurnMutation } from '../generated/operations.ts'
import type { Incoming, Turn } from '../turn.ts'

export type ClaimedTurn = NonNullable<ClaimTurnMutation['claimTurn']>

/** Maps the API's content to the kinds that the bot distinguishes. */
export const incomingOf = (content: ClaimedTurn['message']['content']): Incoming => {
  switch (content.__typename) {
    case 'TextContent':
      return { kind: 'text', text: content.body }
    case 'ChoiceContent':
      return { kind: 'choice', id: content.choiceId, title: content.title }
    case 'LocationContent': {
      const { latitude, longitude, name, address } = content
      return { kind: 'location', latitude, longitude, name, address }
    }
    case 'CartContent':
      return { kind: 'cart', items: content.items }
    case 'ImageContent':
      return { kind: 'image', caption: content.caption }
    case 'OtherContent':
      return { kind: 'other', name: content.kind }
    default:
      // Only shops send buttons and lists; an inbound one is answered as an unsupported message.
      return { kind: 'other', name: content.__typename }
  }
}

/** Maps a claimed turn to the turn that `decide` takes. */
export const turnOf = (claimed: ClaimedTurn): Turn => ({
  id: claimed.id,
  attempt: claimed.attempt,
  messageId: claimed.message.id,
  message: incomingOf(claimed.message.content),
  state: claimed.state,
  customer: claimed.customer,
  merchant: claimed.merchant,
})
