import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as z from 'zod'

import type { EmulatorAccess } from '../access/emulator-access.ts'
import { ActionError, actionSchema } from '../chats/customer-actions.ts'
import type { EmulatorControl } from './control.ts'
import { faultSchema } from '../chats/faults.ts'
import { baseUrlOf } from '../graph/graph-api.ts'
import { scheduleSchema } from '../chats/status-progression.ts'
import { imageBytes } from '../media/media-store.ts'
import type { ChatMessage } from '../state/model.ts'
import { isSameOrigin } from '../access/origin.ts'
import type { createMessageImages } from '../media/message-images.ts'
import { registerTemplateControlApi } from '../templates/control-api.ts'

const maxCustomers = 5_000

const chatParams = z.object({ phoneNumberId: z.string().max(32), customerId: z.string().max(32) })
const wamidParams = z.object({ wamid: z.string().max(256) })
const customerSchema = z
  .object({
    name: z.string().trim().min(1).max(60).optional(),
    phone: z
      .string()
      .regex(/^\+?(?:[\s().-]*\d){7,15}[\s().-]*$/, { error: 'not a phone number' })
      .max(40)
      .optional(),
    username: z
      .string()
      .regex(/^@?[a-z0-9._]{3,30}$/, { error: '3 to 30 of a-z, 0-9, dot and underscore' })
      .optional(),
  })
  .refine((input) => (input.phone === undefined) !== (input.username === undefined), {
    error: 'give either a phone number or a user name',
  })
const statusSchema = z.object({
  wamid: z.string().max(256),
  status: z.enum(['sent', 'delivered', 'read', 'failed']),
  errorCode: z.number().int().optional(),
})
const deliverySchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('hold') }),
  z.object({ do: z.literal('release'), reverse: z.boolean().optional(), batch: z.boolean().optional() }),
  z.object({
    do: z.literal('configure'),
    extraCopies: z.number().int().min(0).max(10).optional(),
    delayMs: z.number().int().min(0).max(60_000).optional(),
  }),
  z.object({
    do: z.literal('redeliver'),
    wamid: z.string().max(256),
    times: z.number().int().min(1).max(20).default(1),
    atOnce: z.boolean().default(false),
  }),
])
const marketingSchema = z.object({ stopped: z.boolean() })
const clockSchema = z.object({ offsetMs: z.number().int().min(-1e12).max(1e12) })

export type ControlApiOptions = {
  access: EmulatorAccess
  control: EmulatorControl
  message: (wamid: string) => ChatMessage | undefined
  messageImage: ReturnType<typeof createMessageImages>
  isTyping: (phoneNumberId: string, customerId: string) => boolean
}

/**
 * The control API over HTTP, under `/_emulator/control`, for our own pages and for programs that `access` admits; other
 * web sites are refused.
 */
export function registerControlApi(app: FastifyInstance, options: ControlApiOptions): void {
  const { control } = options

  app.addHook('onRequest', async (request, reply) => {
    if (!isSameOrigin(request.headers))
      return reply.code(403).send({ error: { message: 'Only this origin may use the emulator' } })
    if (options.access.isAdmitted(request.headers)) return undefined
    const message = 'Send EMULATOR_SECRET as a bearer token, or sign in at /phone'
    return reply.code(401).header('www-authenticate', 'Bearer').send({ error: { message } })
  })
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof ActionError) return reply.code(400).send({ error: { message: error.message } })
    if (error instanceof z.ZodError) {
      const issues = error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
      const message = issues.map((issue) => [issue.path, issue.message].filter(Boolean).join(': ')).join('; ')
      return reply.code(400).send({ error: { message, issues } })
    }
    const { statusCode = 500, message } = error as { statusCode?: number; message: string }
    if (statusCode >= 500) request.log.error({ err: error }, 'The emulator failed')
    return reply.code(statusCode).send({ error: { message: statusCode >= 500 ? 'The emulator failed' : message } })
  })
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: { message: 'No such path' } }))

  const chatOf = (request: FastifyRequest) => chatParams.parse(request.params)

  app.get('/state', async () => ({
    numbers: control.numbers,
    customers: control.customers(),
    schedule: control.schedule(),
    faults: control.faults(),
  }))
  app.get('/deliveries', async () => ({ attempts: control.deliveries.attempts() }))

  app.post('/customers', async (request, reply) => {
    if (control.customers().length >= maxCustomers) throw new ActionError('There are too many customers')
    return reply.code(201).send(control.addCustomer(customerSchema.parse(request.body)))
  })

  app.get('/chats/:phoneNumberId/:customerId', async (request) => {
    const { phoneNumberId, customerId } = chatOf(request)
    const typing = options.isTyping(phoneNumberId, customerId)
    const marketingStopped = control.isMarketingStopped(phoneNumberId, customerId)
    return { messages: control.chat(phoneNumberId, customerId), typing, marketingStopped }
  })
  app.post('/chats/:phoneNumberId/:customerId/messages', async (request, reply) => {
    const { phoneNumberId, customerId } = chatOf(request)
    const action = actionSchema.parse(request.body)
    const wamid = await control.act(phoneNumberId, customerId, action, baseUrlOf(request))
    return reply.code(201).send({ wamid })
  })
  app.post('/chats/:phoneNumberId/:customerId/read', async (request) => {
    const { phoneNumberId, customerId } = chatOf(request)
    return { read: control.readChat(phoneNumberId, customerId) }
  })
  app.post('/chats/:phoneNumberId/:customerId/marketing', async (request) => {
    const { phoneNumberId, customerId } = chatOf(request)
    const { stopped } = marketingSchema.parse(request.body)
    control.setMarketing(phoneNumberId, customerId, stopped)
    return { stopped }
  })
  app.post('/images', { bodyLimit: imageBytes }, async (request, reply) => {
    if (!Buffer.isBuffer(request.body)) throw new ActionError('Send the bytes of an image')
    return reply.code(201).send({ mediaId: await control.addImage(request.body) })
  })
  app.get('/images/:wamid', async (request, reply) => {
    const message = options.message(wamidParams.parse(request.params).wamid)
    const messageImage = message && (await options.messageImage(message))
    if (messageImage === undefined) return reply.code(404).send({ error: { message: 'No such image' } })
    return reply
      .type(messageImage.mimeType)
      .header('cache-control', 'private, max-age=600')
      .header('x-content-type-options', 'nosniff')
      .send(messageImage.bytes)
  })

  registerTemplateControlApi(app, control)

  app.post('/statuses', async (request) => {
    const { wamid, status, errorCode } = statusSchema.parse(request.body)
    control.setStatus(wamid, status, errorCode)
    return { success: true }
  })
  app.post('/schedule', async (request) => {
    const change = scheduleSchema.partial().parse(request.body)
    control.setSchedule(Object.fromEntries(Object.entries(change).filter(([, ms]) => ms !== undefined)))
    return control.schedule()
  })
  app.post('/faults', async (request) => {
    control.addFault(faultSchema.parse(request.body))
    return { faults: control.faults() }
  })
  app.delete('/faults', async () => {
    control.clearFaults()
    return { faults: [] }
  })
  app.post('/deliveries', async (request) => {
    const command = deliverySchema.parse(request.body)
    if (command.do === 'hold') control.deliveries.hold()
    if (command.do === 'release') control.deliveries.release(command)
    if (command.do === 'configure') control.deliveries.configure(command)
    const posts = command.do === 'redeliver' ? await control.deliveries.redeliver(command.wamid, command) : 0
    return { success: true, posts }
  })
  app.post('/clock', async (request) => {
    control.setClockOffset(clockSchema.parse(request.body).offsetMs)
    return { success: true }
  })
  app.post('/verify', async () => control.verifyWebhook())
  app.post('/reset', async () => {
    control.reset()
    return { success: true }
  })
}
