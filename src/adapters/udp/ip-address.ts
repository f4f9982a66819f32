const IPV6_GROUPS = 8

/** Four or sixteen bytes of an IP address in text. */
export function encodeAddress(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.'), Number)
  const [head = '', tail] = text.replace(/%.*$/, '').split('::')
  const [before, after] = [readGroups(head), readGroups(tail ?? '')]
  const missing = IPV6_GROUPS - before.length - after.length
  const groups = [...before, ...Array.from({ length: Math.max(0, missing) }, () => 0), ...after]
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

/** The bytes as text, in the one form that the system also uses (RFC 5952). */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: IPV6_GROUPS }, (_group, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  )
  return new URL(`udp://[${groups.join(':')}]`).hostname.slice(1, -1)
}

function readGroups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}
