import ipaddr from 'ipaddr.js'

const WITH_PORT = /^(?:([\d.]+):\d+|\[([^\]]+)\](?::\d+)?)$/

/**
 * The key by which clients are counted: an IPv4 address, or the /64 network of an IPv6 address, since a provider assigns a
 * whole /64 to a household or a machine (RFC 6177; RFC 4291, 2.5.4). Text that is no address is its own key.
 */
export function clientGroup(told: string): string {
  // Some proxies append the port, which differs for each connection.
  const ip = WITH_PORT.exec(told)?.slice(1).find(Boolean) ?? told
  if (!ipaddr.isValid(ip)) return ip
  // Reads ::ffff:192.0.2.1 as the IPv4 address that it maps.
  const address = ipaddr.process(ip)
  if (address instanceof ipaddr.IPv4) return address.toString()
  return `${address.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}
