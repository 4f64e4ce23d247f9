import { Agent, request } from 'undici'
import * as z from 'zod'
import { parseStorableJson } from '../db/storable.ts'

import { AmbiguousSendError, WhatsAppError, WhatsAppResponseError, WhatsAppUnreachableError } from './errors.ts'

const graphErrorSchema = z.object({
  error: z.object({
    message: z.string().catch('Unknown error'),
    code: z.number().int(),
    error_subcode: z.number().int().optional().catch(undefined),
    error_data: z.object({ details: z.string().optional() }).optional().catch(undefined),
    // The business management API's (templates) text for people.
    error_user_msg: z.string().optional().catch(undefined),
    fbtrace_id: z.string().optional().catch(undefined),
  }),
})

// No connection was established, so the request cannot have had an effect.
const neverConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as Error & { code?: unknown }
  return typeof code === 'string' ? code : codeOf(error.cause)
}

async function readBounded(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxBytes)
      throw new WhatsAppResponseError(`The answer is larger than ${maxBytes} bytes`, { tooLarge: true })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parseJson(body: Buffer): unknown {
  try {
    return parseStorableJson(body.toString('utf8'))
  } catch {
    return undefined
  }
}

export type Call = {
  method: 'GET' | 'POST' | 'DELETE'
  url: string
  body?: unknown
  maxBytes: number
  /** Whether the call has an effect that must not happen twice: an unknown outcome is then an `AmbiguousSendError`. */
  sends?: boolean
  signal?: AbortSignal | undefined
}

export type Transport = {
  /** Returns the raw bytes of a successful answer. */
  bytes(call: Call): Promise<{ body: Buffer; contentType: string }>
  /** Returns a successful answer, validated by the schema. */
  json<S extends z.ZodType>(call: Call, schema: S): Promise<z.infer<S>>
  close(): Promise<void>
}

/**
 * HTTP to the Graph API over kept-alive connections. Redirects are not followed: they would send the token to other hosts.
 * @throws {WhatsAppError} for a refusal by the API
 * @throws {WhatsAppUnreachableError} when nothing was sent
 * @throws {AmbiguousSendError} for a `sends` call whose outcome is unknown
 * @throws {WhatsAppResponseError} for unreadable answers to all other calls
 */
export function createTransport(options: { accessToken: string; timeoutMs: number }): Transport {
  const agent = new Agent({ keepAliveTimeout: 30_000, connections: 64, connect: { timeout: 5_000 } })

  async function answer(call: Call): Promise<{ status: number; body: Buffer; contentType: string }> {
    const timeout = AbortSignal.timeout(options.timeoutMs)
    const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout
    try {
      const response = await request(call.url, {
        dispatcher: agent,
        method: call.method,
        headers: {
          authorization: `Bearer ${options.accessToken}`,
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        signal,
      })
      const body = await readBounded(response.body, call.maxBytes)
      return { status: response.statusCode, body, contentType: String(response.headers['content-type'] ?? '') }
    } catch (error) {
      const code = codeOf(error)
      if (code !== undefined && neverConnected.has(code)) {
        throw new WhatsAppUnreachableError(`WhatsApp cannot be reached (${code})`, { cause: error })
      }
      if (call.sends) throw new AmbiguousSendError('No answer to a send: it may have happened', { cause: error })
      if (error instanceof WhatsAppResponseError) throw error
      throw new WhatsAppUnreachableError('WhatsApp did not answer', { cause: error })
    }
  }

  function refusal(call: Call, status: number, body: Buffer): Error {
    const parsed = graphErrorSchema.safeParse(parseJson(body))
    if (parsed.success) {
      const { error } = parsed.data
      return new WhatsAppError({
        code: error.code,
        subcode: error.error_subcode,
        httpStatus: status,
        message: error.message,
        details: error.error_data?.details ?? error.error_user_msg,
        traceId: error.fbtrace_id,
      })
    }
    // An error page of a gateway does not tell whether the request reached WhatsApp.
    if (call.sends && status >= 500) return new AmbiguousSendError(`Answer ${status} without a reason to a send`)
    return new WhatsAppResponseError(`WhatsApp answered ${status} without a reason`)
  }

  async function bytes(call: Call): Promise<{ body: Buffer; contentType: string }> {
    const { status, body, contentType } = await answer(call)
    if (status < 200 || status > 299) throw refusal(call, status, body)
    return { body, contentType }
  }

  return {
    bytes,
    async json(call, schema) {
      const { body } = await bytes(call)
      const parsed = schema.safeParse(parseJson(body))
      if (parsed.success) return parsed.data
      const message = 'WhatsApp gave an answer that cannot be read'
      throw call.sends ? new AmbiguousSendError(message) : new WhatsAppResponseError(message)
    },
    close: () => agent.close(),
  }
}
