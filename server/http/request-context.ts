import type {} from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { SESSION_COOKIE, type Credentials } from '../auth/authenticate.ts'
import type { Authenticator } from '../auth/authenticator.ts'
import type { AppContext } from '../context.ts'
import { createRequestContext, type RequestContext } from '../graphql/context.ts'

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

export async function requestContextOf(app: AppContext, authenticator: Authenticator, request: FastifyRequest, reply: FastifyReply): Promise<RequestContext> {
  const actor = await authenticator.authenticate(credentialsOf(request))
  const cookie = { path: '/', httpOnly: true, sameSite: 'lax', secure: app.config.publicUrl.startsWith('https:') } as const
  return createRequestContext({
    app,
    actor,
    requestId: request.id,
    ip: request.ip,
    cookies: {
      setSession: (token, expires) => void reply.setCookie(SESSION_COOKIE, token, { ...cookie, expires }),
      clearSession: () => void reply.clearCookie(SESSION_COOKIE, cookie),
    },
  })
}
