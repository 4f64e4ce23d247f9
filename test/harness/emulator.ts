import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import Fastify from 'fastify'

import { createWhatsAppClient, type WhatsAppClient } from '../../server/whatsapp/client.ts'
import { verifySignature } from '../../server/whatsapp/signature.ts'
import type { WebhookUpdates } from '../../server/whatsapp/webhook.ts'
import { parseWebhook, verifyHandshake } from '../../server/whatsapp/webhook.ts'
import { createEmulatorAccess } from '../../server/emulator/access/emulator-access.ts'
import type { Emulator, EmulatorOptions } from '../../server/emulator/emulator.ts'
import { createEmulator } from '../../server/emulator/emulator.ts'

/** For tests: an emulator on a port of its own, the production client, and a shop that writes down what it is told. */

export const shopNumber = {
  phoneNumberId: '106540352242922',
  wabaId: '102290129340398',
  displayPhone: '+1 555 078 3881',
  name: 'Test shop',
}
export const secrets = { appSecret: 'app-secret', verifyToken: 'verify-me', accessToken: 'token-1' }

export type Received = { raw: Buffer; headers: Record<string, unknown>; updates: WebhookUpdates }

export type Shop = {
  url: string
  received: Received[]
  /** The statuses of the next responses; 200 when none is left. */
  answers: number[]
  /** Called for every post, before it is answered. */
  onPost?: (received: Received) => void | Promise<void>
  close(): Promise<void>
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function startShop(): Promise<Shop> {
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      const query = Object.fromEntries(new URL(request.url ?? '/', 'http://shop').searchParams)
      const challenge = verifyHandshake(query, secrets.verifyToken)
      return void response.writeHead(challenge === null ? 403 : 200).end(challenge ?? '')
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const raw = Buffer.concat(chunks)
    if (!verifySignature(raw, String(request.headers['x-hub-signature-256']), secrets.appSecret)) {
      return void response.writeHead(401).end()
    }
    const received = { raw, headers: request.headers, updates: parseWebhook(raw) }
    const status = shop.answers.shift() ?? 200
    shop.received.push(received)
    await shop.onPost?.(received)
    response.writeHead(status).end()
  })
  const origin = await listen(server)
  const shop: Shop = {
    url: `${origin}/webhooks/whatsapp`,
    received: [],
    answers: [],
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return shop
}

export type Harness = {
  emulator: Emulator
  client: WhatsAppClient
  shop: Shop
  /** Where the emulator listens, without a path. */
  url: string
  closeServer(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Statuses follow at once unless `options.schedule` says otherwise. */
export async function startHarness(
  options: Partial<EmulatorOptions> = {},
  client: { accessToken?: string; timeoutMs?: number } = {},
): Promise<Harness> {
  const shop = await startShop()
  const emulator = createEmulator({
    ...secrets,
    access: createEmulatorAccess(null),
    numbers: [shopNumber],
    webhookUrl: () => shop.url,
    schedule: { sentMs: 0, deliveredMs: 0, readMs: null },
    review: { afterMs: 0 },
    retryMs: [5],
    seed: 'test',
    ...options,
  })
  const app = Fastify()
  await app.register(emulator.plugin)
  app.server.on('upgrade', (request, socket, head) => {
    if (!emulator.handleUpgrade(request, socket, head)) socket.destroy()
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const api = createWhatsAppClient({
    baseUrl: `${url}/_emulator`,
    version: 'v25.0',
    accessToken: secrets.accessToken,
    ...client,
  })
  return {
    emulator,
    client: api,
    shop,
    url,
    closeServer: () => app.close(),
    async [Symbol.asyncDispose]() {
      await api.close()
      await app.close()
      await emulator.close()
      await shop.close()
    },
  }
}
