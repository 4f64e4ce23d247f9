import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Azure's wire server: a public address that every host of that cloud can reach, and that returns credentials. */
const NEVER_PUBLIC = new Set(['168.63.129.16'])

/** Globally routed IPv6 (RFC 4291, 2.4); some forms of embedded IPv4 that libraries do not recognise are outside it. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3')

/** True for public addresses and those in networks that the operator allows. */
export type AddressGuard = (address: string) => boolean

/**
 * Checks whether a socket may be opened to an address. Only globally routed unicast is public: addresses of this machine,
 * of its neighbours, and embedded addresses (mapped, NAT64, 6to4, Teredo) are not.
 */
export function createAddressGuard(allowedNetworks: readonly string[]): AddressGuard {
  const allowed = allowedNetworks.map((network) => ipaddr.parseCIDR(network))
  const isAllowed = (address: Address) =>
    allowed.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits))
  return (text) => {
    if (!ipaddr.isValid(text)) return false
    // Converts ::ffff:127.0.0.1 to 127.0.0.1.
    const address = ipaddr.process(text)
    return isAllowed(address) || isPublic(address)
  }
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false
  return address instanceof ipaddr.IPv6 ? address.match(...GLOBAL_IPV6) : !NEVER_PUBLIC.has(address.toString())
}

/** The addresses of `localhost` and of names below it, which are never resolved by DNS (RFC 6761, 6.3). */
export const loopbackOf = (hostname: string): string[] | null =>
  /(^|\.)localhost\.?$/i.test(hostname) ? ['127.0.0.1', '::1'] : null

/** Thrown instead of connecting. The delivery log shows the message, so it names the resolved address. */
export class ForbiddenAddressError extends Error {
  constructor(host: string, address: string) {
    super(
      host === address
        ? `${address} is not a public address; nothing was sent.`
        : `${host} resolves to ${address}, which is not a public address; nothing was sent.`,
    )
    this.name = 'ForbiddenAddressError'
  }
}
