import type { ServerResponse } from 'node:http'

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'

import { isEqualInConstantTime } from '../access/emulator-access.ts'
import { GraphError, toGraphAnswer, unknownObject } from '../graph-errors.ts'
import { parseCommand } from './graph-message.ts'
import { imageBytes, type MediaStore, sniffImage } from '../media/media-store.ts'
import type { ChatMessage, ShopNumber } from '../state/model.ts'
import type { SendOutcome } from '../chats/sending.ts'
import type { createSend } from '../chats/sending.ts'
import type { Store } from '../state/store.ts'
import { registerTemplateApi, toGraphTemplate } from '../templates/api.ts'
import type { Library } from '../templates/library.ts'

export type GraphApiOptions = {
  accessToken: string
  numbers: readonly ShopNumber[]
  store: Store
  media: MediaStore
  send: ReturnType<typeof createSend>
  markRead: (message: ChatMessage, typing: boolean) => void
  library: Library
}

const paramsSchema = z.object({ id: z.string().max(64) })
const fieldsSchema = z.object({ fields: z.string().max(500).optional() }).catch({})

/** The origin that the caller used, so that URLs in answers lead back to it. */
export function baseUrlOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}`
}

/** Registers the Graph API's endpoints, under any version. */
export function registerGraphApi(app: FastifyInstance, options: GraphApiOptions): { close: () => void } {
  const { store, media } = options
  const hanging = new Set<ServerResponse>()

  app.addHook('onRequest', async (request) => {
    const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (given === undefined || !isEqualInConstantTime(given, options.accessToken)) throw new GraphError(190)
  })

  app.setErrorHandler((error, request, reply) => {
    const { statusCode, message } = error as { statusCode?: number; message: string }
    const clientFault = statusCode !== undefined && statusCode < 500
    const known = error instanceof GraphError ? error : new GraphError(clientFault ? 100 : 131000, { details: message })
    if (!(error instanceof GraphError) && !clientFault) request.log.error({ err: error }, 'The emulator failed')
    const { status, body } = toGraphAnswer(known, `A${store.nextId(22)}`)
    return reply.code(status).send(body)
  })

  function numberOf(request: FastifyRequest): ShopNumber {
    const { id } = paramsSchema.parse(request.params)
    const number = options.numbers.find((candidate) => candidate.phoneNumberId === id)
    if (number === undefined) throw unknownObject(id, request.method.toLowerCase())
    return number
  }

  function misbehave(reply: FastifyReply, connection: NonNullable<SendOutcome['connection']>): FastifyReply {
    if (connection === 'gateway') return reply.code(502).type('text/html').send('<h1>502 Bad Gateway</h1>')
    reply.hijack()
    if (connection === 'drop') reply.raw.destroy()
    else {
      hanging.add(reply.raw)
      reply.raw.on('close', () => hanging.delete(reply.raw))
    }
    return reply
  }

  app.post('/:version(^v\\d+\\.\\d+$)/:id/messages', async (request, reply) => {
    const number = numberOf(request)
    const command = parseCommand(request.body)
    if ('read' in command) {
      const message = store.message(command.read.message_id)
      if (message?.phoneNumberId !== number.phoneNumberId || message.from !== 'customer') {
        throw new GraphError(131009, { details: 'Param message_id: no such message' })
      }
      options.markRead(message, command.read.typing_indicator !== undefined)
      return { success: true }
    }
    const outcome = options.send(number, command.send)
    if (outcome.connection !== undefined) return misbehave(reply, outcome.connection)
    return outcome.answer
  })

  app.post('/:version(^v\\d+\\.\\d+$)/:id/media', { bodyLimit: imageBytes + 64 * 1024 }, async (request) => {
    numberOf(request)
    const headers = { 'content-type': request.headers['content-type'] ?? '' }
    const form = Buffer.isBuffer(request.body)
      ? await new Response(new Uint8Array(request.body), { headers }).formData().catch(() => undefined)
      : undefined
    const file = form?.get('file')
    if (form?.get('messaging_product') !== 'whatsapp' || !(file instanceof File)) {
      throw new GraphError(100, { details: 'messaging_product and file are required, as multipart/form-data' })
    }
    const bytes = Buffer.from(await file.arrayBuffer())
    const type = sniffImage(bytes)
    if (type === undefined || type !== file.type) throw new GraphError(131053, { details: 'Not a supported image' })
    return { id: (await media.add(bytes)).id }
  })

  app.get('/:version(^v\\d+\\.\\d+$)/:id', async (request) => {
    const { id } = paramsSchema.parse(request.params)
    const number = options.numbers.find((candidate) => candidate.phoneNumberId === id)
    if (number !== undefined) {
      return {
        verified_name: number.name,
        display_phone_number: number.displayPhone,
        quality_rating: 'GREEN',
        throughput: { level: 'STANDARD' },
        status: 'CONNECTED',
        id,
      }
    }
    const template = options.library.find(id)
    if (template !== undefined) {
      const { fields } = fieldsSchema.parse(request.query)
      return toGraphTemplate(template, fields)
    }
    const file = await media.get(id)
    if (file === undefined) throw unknownObject(id, 'get')
    return {
      messaging_product: 'whatsapp',
      url: `${baseUrlOf(request)}/_emulator/media/${id}`,
      mime_type: file.mimeType,
      sha256: file.sha256,
      file_size: file.bytes.length,
      id,
    }
  })

  registerTemplateApi(app, options)

  app.get('/media/:id', async (request, reply) => {
    const { id } = paramsSchema.parse(request.params)
    const file = await media.get(id)
    if (file === undefined) throw unknownObject(id, 'get')
    return reply.type(file.mimeType).send(file.bytes)
  })

  app.setNotFoundHandler(() => {
    throw new GraphError(100, { message: 'Unknown path components', subcode: 33 })
  })

  return {
    close() {
      for (const response of hanging) response.destroy()
    },
  }
}
