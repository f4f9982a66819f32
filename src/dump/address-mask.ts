import { isIpv4, isIpv6 } from '../sdp/address.js'

/** Groups of hexadecimal digits that perhaps end in four numbers; whether it is an address is looked at after. */
const IPV6 = /(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:(?:\.\d{1,3}){3})?(?![\w:]|\.\w)/gi

/** Four numbers, before a port or not. */
const IPV4 = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\w)/g

/** Names that a browser makes up for its host candidates. */
const MDNS_NAME = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.local\b/gi

/**
 * A text with other addresses in it: the same mask for the same address wherever it occurs in the run, of the same
 * family, and public, private, shared, link-local where it is. Loopback and unspecified addresses say nothing of
 * anybody and stay, as do host names other than those of mDNS.
 */
export type AddressMask = (text: string) => string

/** A mask that has not seen an address yet. */
export function createAddressMask(): AddressMask {
  const masks = new Map<string, string>()
  const counts = new Map<string, number>()
  const maskOf = (found: string): string => {
    const kind = kindOf(found)
    if (kind === undefined) return found
    const key = found.toLowerCase()
    const known = masks.get(key)
    if (known !== undefined) return known
    const number = (counts.get(kind.name) ?? 0) + 1
    counts.set(kind.name, number)
    const mask = kind.mask(number)
    masks.set(key, mask)
    return mask
  }
  return (text) => text.replace(IPV6, maskOf).replace(IPV4, maskOf).replace(MDNS_NAME, maskOf)
}

interface AddressKind {
  name: string
  matches: (address: string) => boolean
  /** The nth address of the kind. */
  mask: (number: number) => string
}

const ipv4Kind = (name: string, prefix: RegExp, first: number, second: number): AddressKind => ({
  name,
  matches: (address) => isIpv4(address) && prefix.test(address),
  mask: (number) => `${first}.${second}.${(number >> 8) & 255}.${number & 255}`,
})

const ipv6Kind = (name: string, prefix: RegExp, head: string): AddressKind => ({
  name,
  matches: (address) => isIpv6(address) && prefix.test(address),
  mask: (number) => `${head}::${number.toString(16)}`,
})

/** The first that matches. Public ones become those of benchmarks (RFC 2544) and documentation (RFC 3849). */
const KINDS: readonly AddressKind[] = [
  ipv4Kind('private', /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/, 10, 0),
  ipv4Kind('shared', /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./, 100, 64),
  ipv4Kind('link-local', /^169\.254\./, 169, 254),
  ipv4Kind('public', /^(?!127\.|0\.)/, 198, 18),
  ipv6Kind('unique-local', /^f[cd]/i, 'fd00'),
  ipv6Kind('link-local 6', /^fe[89ab]/i, 'fe80'),
  ipv6Kind('public 6', /^(?!::1?$)/, '2001:db8'),
  {
    name: 'mdns',
    matches: (address) => address.toLowerCase().endsWith('.local'),
    mask: (number) => `host-${number}.local`,
  },
]

function kindOf(address: string): AddressKind | undefined {
  return KINDS.find(({ matches }) => matches(address))
}
