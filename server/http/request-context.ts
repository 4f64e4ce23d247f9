import '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { SESSION_COOKIE, type Credentials } from '../auth/authenticate.ts'
import type { Authenticator } from '../auth/authenticator.ts'
import type { AppContext } from '../context.ts'
import { createRequestContext, type RequestContext } from '../graphql/context.ts'
import type { Meters } from '../rate-limit/meter.ts'

export const LEASE_HEADER = 'storeline-lease'

/** Credentials of an HTTP request: bearer key, session cookie, and the lease of a bot's turn. */
export function credentialsOf({ headers, cookies }: Pick<FastifyRequest, 'headers' | 'cookies'>): Credentials {
  const lease = headers[LEASE_HEADER]
  return {
    authorization: headers.authorization,
    sessionToken: cookies[SESSION_COOKIE],
    lease: typeof lease === 'string' ? lease : undefined,
  }
}

export async function requestContextOf(
  app: AppContext,
  authenticator: Authenticator,
  request: FastifyRequest,
  reply: FastifyReply,
  meters?: Meters,
): Promise<RequestContext> {
  const actor = await authenticator.authenticate(credentialsOf(request))
  return createRequestContext({
    app,
    actor,
    requestId: request.id,
    ip: request.ip,
    meter: meters?.(actor, (headers) => {
      for (const [name, value] of Object.entries(headers)) reply.raw.setHeader(name, value)
    }),
    cookies: cookiesOf(app, request, reply),
  })
}

function cookiesOf(app: AppContext, request: FastifyRequest, reply: FastifyReply): RequestContext['cookies'] {
  // yoga writes to the raw response, which does not have the headers of fastify's reply.
  const write = (name: string, value: string, expires: Date): void => {
    const secure = app.config.publicUrl.startsWith('https:')
    const options = { path: '/', httpOnly: true, sameSite: 'lax', secure, expires } as const
    reply.raw.appendHeader('set-cookie', reply.server.serializeCookie(name, value, options))
  }
  return {
    setSession: (token, expiresAt) => write(SESSION_COOKIE, token, expiresAt),
    clearSession: () => write(SESSION_COOKIE, '', new Date(0)),
    read: (name) => request.cookies[name],
    write,
  }
}
