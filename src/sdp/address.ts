const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i
const IPV6_CHARACTERS = /^[0-9a-f:.]+$/i

/** Whether the text is an address of the family (`IP4`, `IP6`) or a host name, as `o=` and `c=` take them. */
export function isAddress(text: string, family: string): boolean {
  if (family !== 'IP4' && family !== 'IP6') return false
  if (text.includes(':')) return family === 'IP6' && isIpv6(text)
  return isIpv4(text) ? family === 'IP4' : isHostName(text)
}

/** Four numbers up to 255. */
export function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)
}

/** Eight groups of hexadecimal digits, some of them perhaps left out as `::` or written as IPv4. */
export function isIpv6(text: string): boolean {
  if (!text.includes(':') || text.length > 45 || !IPV6_CHARACTERS.test(text)) return false
  try {
    return new URL(`http://[${text}]/`).hostname.startsWith('[')
  } catch {
    return false
  }
}

/** A domain name; not one of digits and dots alone, which is a broken IPv4 address. */
export function isHostName(text: string): boolean {
  return HOST_NAME.test(text) && !/^[\d.]+$/.test(text)
}
