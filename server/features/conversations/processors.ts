import type { AppContext } from '../../context.ts'
import { queryMerchant } from '../../db/merchant-query.ts'
import { implementJob } from '../../jobs/kit.ts'
import { ingestItem } from './messages/intake.ts'
import { markReadJob, sendMessageJob, ingestItemJob } from './jobs.ts'
import { sendQueuedMessage } from './messages/sending.ts'

export const sendMessageProcessor = implementJob(sendMessageJob, ({ merchantId, messageId }, run) =>
  sendQueuedMessage(run.app, merchantId, messageId, run),
)

export const markReadProcessor = implementJob(markReadJob, async ({ merchantId, conversationId }, { app }) => {
  const last = await findLastReceived(app, merchantId, conversationId)
  if (last) await app.whatsapp.markRead(last.phoneNumberId, last.wamid)
})

export const ingestItemProcessor = implementJob(ingestItemJob, (item, { app }) => ingestItem(app, item))

async function findLastReceived(
  app: AppContext,
  merchantId: string,
  conversationId: string,
): Promise<{ phoneNumberId: string; wamid: string } | undefined> {
  const text = `SELECT n.phone_number_id AS "phoneNumberId", m.wamid FROM message m
    JOIN conversation c ON c.id = m.conversation_id JOIN whatsapp_number n ON n.id = c.whatsapp_number_id
    WHERE m.conversation_id = $1 AND m.direction = 'INBOUND' ORDER BY m.occurred_at DESC, m.id DESC LIMIT 1`
  return (await queryMerchant<{ phoneNumberId: string; wamid: string }>(app, merchantId, text, [conversationId]))[0]
}
