import type { IncomingMessage } from 'node:http'
import { SESSION_COOKIE, type Credentials } from '../auth/authenticate.ts'

/** Credentials of an upgrade request. */
export function upgradeCredentials(request: IncomingMessage): Credentials {
  return {
    authorization: request.headers.authorization,
    // Pages of other origins may open a socket, but without the session cookie.
    sessionToken: isSameOrigin(request) ? cookieOf(request, SESSION_COOKIE) : undefined,
  }
}

/** Credentials of a socket: of its `connection_init`, or else of the upgrade request. */
export function socketCredentials(upgrade: Credentials, params: Record<string, unknown> | undefined): Credentials {
  const authorization = params?.authorization ?? params?.Authorization ?? upgrade.authorization
  return { ...upgrade, authorization: typeof authorization === 'string' ? authorization : undefined }
}

function isSameOrigin({ headers }: IncomingMessage): boolean {
  if (!headers.origin) return true
  return URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host
}

function cookieOf({ headers }: IncomingMessage, name: string): string | undefined {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=')
    // Session tokens are base64url and need no decoding.
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}
