import { randomUUID } from 'node:crypto'
import { botPermissions } from '../../server/auth/permissions.ts'
import { authorizeBot, type AuthorizedBot } from '../../server/auth/actor.ts'
import type { AppContext } from '../../server/context.ts'
import type { InboundContent } from '../../server/whatsapp/content.ts'
import type { StatusUpdate } from '../../server/whatsapp/webhook.ts'
import { ingestMessages } from '../../server/features/conversations/messages/intake.ts'

/** For tests: the bot between turns. */
export const idleBot = (): AuthorizedBot =>
  authorizeBot({ kind: 'IDLE_BOT', keyId: randomUUID(), merchantId: null, permissions: botPermissions })

export type Written = {
  phoneNumberId: string
  phone: string
  text?: string
  content?: InboundContent
  at?: Date
  wamid?: string
}

/** For tests: messages of customers, taken in as one delivery. */
export function write(app: AppContext, ...messages: Written[]): Promise<void> {
  return ingestMessages(app, {
    statuses: [],
    messages: messages.map(
      ({ phoneNumberId, phone, text = 'hi', content, at = new Date(), wamid = `wamid.${randomUUID()}` }) => ({
        phoneNumberId,
        wamid,
        occurredAt: at,
        from: { phone: `+${phone}`, name: 'Test customer' },
        content: content ?? { kind: 'text', body: text },
      }),
    ),
  })
}

/** For tests: statuses of our messages, taken in as one delivery. */
export const tell = (app: AppContext, ...statuses: StatusUpdate[]): Promise<void> =>
  ingestMessages(app, { messages: [], statuses })
