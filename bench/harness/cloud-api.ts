import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type CloudApi = AsyncDisposable & {
  url: string
  /** Messages that it has accepted. */
  sent: () => number
}

/** A WhatsApp that accepts every message and every read receipt at once, so that only Storeline is measured. */
export async function startCloudApi(): Promise<CloudApi> {
  let sent = 0
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      response.setHeader('content-type', 'application/json')
      if (body.includes('"status":"read"')) return void response.end('{"success":true}')
      sent++
      const id = `wamid.${randomBytes(18).toString('base64')}`
      response.end(JSON.stringify({ messaging_product: 'whatsapp', contacts: [], messages: [{ id }] }))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: () => sent,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
