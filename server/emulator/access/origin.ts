import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether the request comes from our own pages. Programs send no Origin and pass; the check keeps out other web sites
 * that a developer has open.
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
