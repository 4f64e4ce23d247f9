import { isIP } from 'node:net'
import { loopbackOf, type AddressGuard } from '../http/address.ts'

const MAX_LENGTH = 2_048

/** Ports below 1024 belong to other protocols, some of which an HTTP request can abuse. */
const isAllowedPort = (port: string): boolean => port === '' || port === '80' || port === '443' || Number(port) >= 1_024

/** The host of an address without the brackets that URLs put around IPv6. */
export const bareHost = (hostname: string): string => hostname.replace(/^\[|\]$/g, '')

/**
 * The normalised URL of an endpoint, or the problem with it. Host names are not resolved here: their addresses are checked
 * when an endpoint is created or changed, and again for each connection.
 */
export function parseEndpointUrl(
  text: string,
  { production, mayReach }: { production: boolean; mayReach: AddressGuard },
): { url: string } | { problem: string } {
  const trimmed = text.trim()
  if (trimmed.length > MAX_LENGTH) return { problem: `must be at most ${MAX_LENGTH} characters` }
  const url = URL.canParse(trimmed) ? new URL(trimmed) : null
  if (!url) return { problem: 'must be an absolute address, e.g. https://example.com/webhooks' }
  if (url.protocol !== 'https:' && (production || url.protocol !== 'http:'))
    return { problem: production ? 'must begin with https://' : 'must begin with https:// or http://' }
  if (url.username || url.password)
    return { problem: 'must not contain a user name or password; verify the signature instead' }
  if (url.hash) return { problem: 'must not contain a fragment (#…); it would never be sent' }
  if (!isAllowedPort(url.port)) return { problem: 'must use port 443, 80, or one from 1024 on' }
  const host = bareHost(url.hostname)
  if (isIP(host) && !mayReach(host)) return { problem: `must be public; ${host} is not` }
  if (loopbackOf(host)?.some((address) => !mayReach(address)))
    return { problem: `must be public; ${host} is this machine itself` }
  return { url: url.href }
}
