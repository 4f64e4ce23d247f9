import { Resolver } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { callbackify } from 'node:util'
import { Agent, buildConnector, request } from 'undici'
import { createAddressGuard, ForbiddenAddressError, loopbackOf, type AddressGuard } from './address.ts'
import { bareHost } from '../endpoints/url.ts'
import type { Answer } from '../domain.ts'

/** Timeout of an attempt in ms: resolving the name, connecting, sending and waiting for the response. */
export const ATTEMPT_MS = 15_000
/** Timeout for the body once the status is known, in ms; the status decides. */
const BODY_MS = 1_000
/** Bytes of a response body that the delivery log keeps. */
const BODY_BYTES = 2_048
/** Keep-alive of an idle connection in ms: less than common servers keep it. */
const KEEP_ALIVE_MS = 1_000

/** Timeout for resolving the host name of a new URL, in ms. */
const NAME_MS = 2_000

/** Resolves a host name; tests replace it. */
export type Resolve = (hostname: string) => Promise<string[]>

export type Reply = Answer & { body: string | null }

/** Posts to endpoints; connects only to public addresses, however they were written or resolved. */
export type WebhookClient = {
  post: (url: string, options: { headers: Record<string, string>; body: string; signal: AbortSignal }) => Promise<Reply>
  mayReach: AddressGuard
  /**
   * A forbidden address of the name, or null: also for a name that does not resolve, or whose name servers do not answer
   * within two seconds. Each delivery checks it again.
   */
  forbiddenAddressOf: (hostname: string) => Promise<string | null>
  close: () => Promise<void>
}

export function createWebhookClient({
  allowedNetworks,
  resolve = resolveByDns(),
  attemptMs = ATTEMPT_MS,
}: {
  allowedNetworks: readonly string[]
  resolve?: Resolve
  attemptMs?: number
}): WebhookClient {
  const mayReach = createAddressGuard(allowedNetworks)
  const open = buildConnector({
    timeout: attemptMs,
    autoSelectFamily: true,
    lookup: guardedLookup(resolve, mayReach),
    maxCachedSessions: 500,
  })
  // Our own agent ignores a proxy of the environment.
  const agent = new Agent({
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    connect: (options, callback) => {
      const host = bareHost(options.hostname)
      // The lookup checks names; it is not called for literal addresses.
      if (isIP(host) && !mayReach(host)) return callback(new ForbiddenAddressError(host, host), null)
      open(options, callback)
    },
  })

  return {
    mayReach,
    forbiddenAddressOf: async (hostname) => {
      const late = delay(NAME_MS, [], { ref: false })
      const addresses = await Promise.race([resolve(hostname).catch(() => []), late])
      return addresses.find((address) => !mayReach(address)) ?? null
    },
    close: () => agent.destroy(),
    post: async (url, { headers, body, signal }) => {
      const timeout = AbortSignal.timeout(attemptMs)
      try {
        const response = await request(url, {
          method: 'POST',
          headers,
          body,
          dispatcher: agent,
          signal: AbortSignal.any([timeout, signal]),
        })
        const retryAfter = response.headers['retry-after']
        return {
          statusCode: response.statusCode,
          retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
          body: await readBodyStart(response.body),
        }
      } catch (error) {
        // A stopped attempt has no outcome; the caller releases it.
        if (signal.aborted) throw error
        const seconds = attemptMs / 1000
        const why = timeout.aborted ? `No response within ${seconds} seconds.` : describeError(error)
        return { statusCode: null, error: why, body: null }
      }
    },
  }
}

/**
 * Checks all addresses of a name: one forbidden address forbids the name, because any of them may be used. For sockets
 * that choose among all addresses themselves (`autoSelectFamily`).
 */
const guardedLookup = (resolve: Resolve, mayReach: AddressGuard): LookupFunction =>
  callbackify(async (hostname: string, _options: unknown) => {
    const addresses = await resolve(hostname)
    const forbidden = addresses.find((address) => !mayReach(address))
    if (forbidden !== undefined) throw new ForbiddenAddressError(hostname, forbidden)
    if (addresses.length === 0) throw new Error(`${hostname} has no address.`)
    return addresses.map((address) => ({ address, family: isIP(address) }))
  }) as LookupFunction

/**
 * Resolves names without `getaddrinfo`, which would block one of four threads while a name server does not answer, and
 * with it other work of those threads.
 */
function resolveByDns(): Resolve {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 })
  return async (hostname) => {
    const loopback = loopbackOf(hostname)
    if (loopback) return loopback
    const [four, six] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)])
    const found = [four, six].flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
    if (found.length > 0) return found
    const code = four.status === 'rejected' ? (four.reason as { code?: string }).code : undefined
    throw new Error(`${hostname} could not be resolved${code ? ` (${code})` : ''}.`)
  }
}

/** The first bytes of a response body, as text that PostgreSQL can store; the rest is not read. */
async function readBodyStart(body: AsyncIterable<Uint8Array> & { destroy: () => unknown }): Promise<string | null> {
  const chunks: Uint8Array[] = []
  const late = setTimeout(() => body.destroy(), BODY_MS)
  try {
    let size = 0
    for await (const chunk of body) {
      chunks.push(chunk)
      size += chunk.length
      if (size >= BODY_BYTES) break
    }
  } catch {
    // The status decides; the part of the body received so far is kept.
  } finally {
    clearTimeout(late)
    body.destroy()
  }
  const text = Buffer.concat(chunks).subarray(0, BODY_BYTES).toString('utf8').replaceAll('\u0000', '\uFFFD')
  return text || null
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'The connection was refused.',
  ECONNRESET: 'The connection was reset.',
  EPIPE: 'The connection was reset.',
  UND_ERR_SOCKET: 'The connection was closed before a response arrived.',
  UND_ERR_CONNECT_TIMEOUT: 'No connection could be made in time.',
  UND_ERR_HEADERS_OVERFLOW: 'The headers of the response were too long.',
  ENETUNREACH: 'The network of the endpoint cannot be reached.',
  EHOSTUNREACH: 'The endpoint cannot be reached.',
}

/** One sentence for the delivery log. */
function describeError(error: unknown): string {
  // Several addresses were tried: the error of the first one is reported.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error
  if (!(first instanceof Error)) return 'The attempt failed.'
  const code = (first as { code?: string }).code ?? ''
  const known = REASONS[code]
  if (known) return known
  if (first instanceof ForbiddenAddressError) return first.message
  const isTls = /^(ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code)
  return isTls ? `No secure connection could be made: ${first.message.slice(0, 300)}` : first.message.slice(0, 300)
}
