import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Answers for every host of a cloud while looking public: Azure's wire server, which hands out credentials. */
const NEVER = new Set(['168.63.129.16'])

/** All of IPv6 that is routed globally (RFC 4291, 2.4); outside it lie also forms of IPv4 that libraries do not know. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3')

/** Judges addresses: public ones pass, and those in networks the operator allows. */
export type AddressGuard = (address: string) => boolean

/**
 * Whether a socket may be opened to an address. Only globally routed unicast is public: everything that names this
 * machine, its neighbours, or another address in disguise (mapped, NAT64, 6to4, Teredo) is not.
 */
export function createAddressGuard(allowedNetworks: readonly string[]): AddressGuard {
  const allowed = allowedNetworks.map((network) => ipaddr.parseCIDR(network))
  const isAllowed = (address: Address) =>
    allowed.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits))
  return (text) => {
    if (!ipaddr.isValid(text)) return false
    // Takes ::ffff:127.0.0.1 for the 127.0.0.1 that it reaches.
    const address = ipaddr.process(text)
    return isAllowed(address) || isPublic(address)
  }
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false
  return address instanceof ipaddr.IPv6 ? address.match(...GLOBAL_IPV6) : !NEVER.has(address.toString())
}

/** The addresses of `localhost` and every name below it, which no name server is ever asked for (RFC 6761, 6.3). */
export const loopbackOf = (hostname: string): string[] | null =>
  /(^|\.)localhost\.?$/i.test(hostname) ? ['127.0.0.1', '::1'] : null

/** Thrown in place of a connection. The message goes into the delivery log, so it names what was resolved. */
export class ForbiddenAddressError extends Error {
  constructor(host: string, address: string) {
    super(
      host === address
        ? `${address} is not a public address; nothing was sent.`
        : `${host} leads to ${address}, which is not a public address; nothing was sent.`,
    )
    this.name = 'ForbiddenAddressError'
  }
}
