import type { FastifyInstance } from 'fastify'
import type { Role } from './config.ts'
import type { AppContext } from './context.ts'
import { phonePageOf, startEmulator } from './emulator-role.ts'
import { ingestMessages } from './features/conversations/messages/intake.ts'
import { registerWhatsappWebhook } from './whatsapp/webhook-route.ts'
import { applyPreferences } from './features/customers/opt-out.ts'
import { edgeFeatures } from './features/edge.ts'
import { listMerchantNumbers } from './features/merchants/numbers.ts'
import { registerPaymentWebhooks } from './features/payments/webhook.ts'
import { registerSandbox } from './features/payments/sandbox/routes.ts'
import { buildSchema } from './features/schema.ts'
import { registerEventSchemas } from './features/webhooks/event-schemas.ts'
import { applyTemplateUpdates } from './features/templates/sync.ts'
import { startHttpServer, type HttpServer } from './http/server.ts'

/** The HTTP server of this process: the API, the emulator, or both. */
export async function startEdge(app: AppContext, roles: readonly Role[]): Promise<HttpServer> {
  const emulator = roles.includes('emulator') ? await startEmulator(app, () => listMerchantNumbers(app)) : null
  const server = await startHttpServer(app, {
    schema: buildSchema(),
    features: edgeFeatures,
    phone: phonePageOf(app.config),
    modules: [
      registerWhatsappWebhook({
        messages: ingestMessages,
        templates: applyTemplateUpdates,
        preferences: applyPreferences,
      }),
      registerPaymentWebhooks,
      ...(app.config.paymentSandbox ? [registerSandbox] : []),
      registerEventSchemas,
      ...(emulator ? [(scope: FastifyInstance) => void scope.register(emulator.plugin)] : []),
    ],
    upgrades: emulator ? [(request, socket, head) => emulator.handleUpgrade(request, socket, head)] : [],
  })
  return {
    ...server,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await emulator?.close()
    },
  }
}
