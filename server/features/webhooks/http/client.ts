import { Resolver } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { callbackify } from 'node:util'
import { Agent, buildConnector, request } from 'undici'
import { createAddressGuard, ForbiddenAddressError, loopbackOf, type AddressGuard } from './address.ts'
import { bareHost } from '../endpoints/url.ts'
import type { Answer } from '../domain.ts'

/** A whole attempt: looking up the name, connecting, sending, waiting for the answer. */
export const ATTEMPT_MS = 15_000
/** How long the rest of an answer is waited for once its status is known; the status decides. */
const BODY_MS = 1_000
/** How much of an answer is kept for the delivery log, in bytes. */
const BODY_BYTES = 2_048
/** An idle connection is used again for so long; less than any common server keeps it. */
const KEEP_ALIVE_MS = 1_000

/** How long entering an address waits for its name to be resolved. */
const NAME_MS = 2_000

/** Addresses of a name; a fake one stands in for DNS in tests. */
export type Resolve = (hostname: string) => Promise<string[]>

export type Reply = Answer & { body: string | null }

/** Posts to endpoints. Never opens a connection to an address that is not public, however it was spelled or resolved. */
export type WebhookClient = {
  post: (url: string, options: { headers: Record<string, string>; body: string; signal: AbortSignal }) => Promise<Reply>
  mayReach: AddressGuard
  /**
   * An address of the name that may not be reached, or null: for a name that leads nowhere yet, or whose name servers do
   * not answer within two seconds, too. Each delivery judges it anew.
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
  // An agent of our own also means: no proxy from the environment, which would connect in our stead.
  const agent = new Agent({
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    connect: (options, callback) => {
      const host = bareHost(options.hostname)
      // Names come past the lookup; literal addresses never do.
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
          body: await beginning(response.body),
        }
      } catch (error) {
        // Stopping is no outcome: whoever asked for it decides what becomes of the attempt.
        if (signal.aborted) throw error
        const seconds = attemptMs / 1000
        const why = timeout.aborted ? `No answer came within ${seconds} seconds.` : reason(error)
        return { statusCode: null, error: why, body: null }
      }
    },
  }
}

/**
 * Judges every address a name has: one that is not public condemns the name, because any of them may be taken. Made for
 * sockets that choose among addresses themselves (`autoSelectFamily`) and so ask for all.
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
 * Asks the name servers without `getaddrinfo`: that would occupy one of four threads for as long as a name server
 * chooses to be silent, and with it everything else that needs those threads.
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

/** The first bytes of an answer, as text a database can keep. What follows is not read. */
async function beginning(body: AsyncIterable<Uint8Array> & { destroy: () => unknown }): Promise<string | null> {
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
    // The status has been received, and it decides. What came of the body until here is kept.
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
  UND_ERR_SOCKET: 'The connection was closed before an answer came.',
  UND_ERR_CONNECT_TIMEOUT: 'No connection could be made in time.',
  UND_ERR_HEADERS_OVERFLOW: 'The headers of the answer were too long.',
  ENETUNREACH: 'The network of the endpoint cannot be reached.',
  EHOSTUNREACH: 'The endpoint cannot be reached.',
}

/** One sentence for the delivery log. */
function reason(error: unknown): string {
  // Several addresses were tried in turn: what the first one said will do.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error
  if (!(first instanceof Error)) return 'The attempt failed.'
  const code = (first as { code?: string }).code ?? ''
  const known = REASONS[code]
  if (known) return known
  if (first instanceof ForbiddenAddressError) return first.message
  const isTls = /^(ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code)
  return isTls ? `No secure connection could be made: ${first.message.slice(0, 300)}` : first.message.slice(0, 300)
}
