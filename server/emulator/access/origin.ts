import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a browser sent this from our own pages. Programs send no Origin and are let through: what must be kept out is
 * another web site that a developer happens to have open.
 */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  const { origin, host } = headers
  if (origin === undefined) return true
  try {
    return new URL(origin).host === host
  } catch {
    return false
  }
}
