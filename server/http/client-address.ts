import type { IncomingMessage } from 'node:http'

/**
 * Address of whoever opened a connection, as `request.ip` tells it for requests: what the outermost of so many trusted proxies
 * saw.
 */
export function clientAddress({ headers, socket }: IncomingMessage, trustedProxies: number): string {
  const forwarded = [headers['x-forwarded-for'] ?? []]
    .flat()
    .join()
    .split(',')
    .map((address) => address.trim())
  const hops = [...forwarded.filter(Boolean), socket.remoteAddress ?? '']
  return hops[Math.max(0, hops.length - 1 - trustedProxies)] ?? ''
}
