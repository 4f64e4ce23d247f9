import ipaddr from 'ipaddr.js'

const WITH_PORT = /^(?:([\d.]+):\d+|\[([^\]]+)\](?::\d+)?)$/

/**
 * What counts as one client: an IPv4 address, or the /64 that a provider gives a household or a machine in IPv6 (RFC 6177
 * and RFC 4291, 2.5.4), out of which it may choose any address. Text that is no address stands for itself.
 */
export function clientGroup(told: string): string {
  // Some proxies tell the port, too, which is another one for each connection.
  const ip = WITH_PORT.exec(told)?.slice(1).find(Boolean) ?? told
  if (!ipaddr.isValid(ip)) return ip
  // Takes ::ffff:192.0.2.1 for the IPv4 address it is.
  const address = ipaddr.process(ip)
  if (address instanceof ipaddr.IPv4) return address.toString()
  return `${address.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}
