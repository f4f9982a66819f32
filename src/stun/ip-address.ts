export type AddressFamily = 'IPv4' | 'IPv6'

const IPV4_BYTES = 4
const IPV6_GROUPS = 8

/** The bytes of an IPv4 or IPv6 address in text, or undefined where it is neither. */
export function encodeAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? encodeIpv6(text) : encodeIpv4(text)
}

/** Four or sixteen bytes as text; IPv6 with its longest run of zeros shortened (RFC 5952). */
export function formatAddressBytes(bytes: Uint8Array): string {
  if (bytes.length === IPV4_BYTES) return bytes.join('.')
  const groups = Array.from({ length: IPV6_GROUPS }, (_group, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  )
  const [start, length] = longestZeroRun(groups)
  if (length < 2) return groups.join(':')
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`
}

function encodeIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256))
  return parts.length === IPV4_BYTES && parts.every((part) => part < 256) ? Uint8Array.from(parts) : undefined
}

function encodeIpv6(text: string): Uint8Array | undefined {
  const address = text.replace(/%.*$/, '')
  const [head = '', tail, ...more] = address.split('::')
  if (more.length > 0) return undefined
  const before = readGroups(head)
  const after = readGroups(tail ?? '')
  if (before === undefined || after === undefined) return undefined
  const missing = IPV6_GROUPS - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...before, ...Array.from({ length: missing }, () => 0), ...after]
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

function readGroups(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  for (const part of text.split(':')) {
    const ipv4 = part.includes('.') ? encodeIpv4(part) : undefined
    if (ipv4) {
      const [a = 0, b = 0, c = 0, d = 0] = ipv4
      groups.push((a << 8) | b, (c << 8) | d)
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

function longestZeroRun(groups: readonly string[]): [start: number, length: number] {
  let best: [number, number] = [0, 0]
  for (let start = 0; start < groups.length; start += 1) {
    let end = start
    while (groups[end] === '0') end += 1
    if (end - start > best[1]) best = [start, end - start]
  }
  return best
}
