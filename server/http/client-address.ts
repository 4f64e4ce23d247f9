import type { IncomingMessage } from 'node:http'

/**
 * The address of the client that opened a connection, equal to `request.ip` of a request: the peer of the outermost trusted
 * proxy.
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
