import { Pool } from 'undici'
import { signBody } from '../../server/whatsapp/signature.ts'
import { inboundBody } from '../../test/harness/whatsapp.ts'

export type Webhooks = AsyncDisposable & {
  /** Delivers one text message the way Meta does. @throws unless it is accepted. */
  deliver: (phoneNumberId: string, message: { from: string; text: string; wamid?: string }) => Promise<void>
}

export function openWebhooks({ url, appSecret }: { url: string; appSecret: string }): Webhooks {
  const pool = new Pool(url, { connections: 32 })
  return {
    deliver: async (phoneNumberId, message) => {
      const body = inboundBody(phoneNumberId, [message])
      const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signBody(body, appSecret) }
      const response = await pool.request({ path: '/webhooks/whatsapp', method: 'POST', headers, body })
      const text = await response.body.text()
      if (response.statusCode !== 200) throw new Error(`The webhook was answered ${response.statusCode}: ${text}`)
    },
    [Symbol.asyncDispose]: () => pool.close(),
  }
}
