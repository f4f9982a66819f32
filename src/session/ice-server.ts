import { PeerError } from '../errors.js'

const DEFAULT_PORT = { stun: 3478, turn: 3478, stuns: 5349, turns: 5349 } as const

const ICE_SERVER_URL =
  /^(stuns?|turns?):(?!\/\/)(?:([^:@]+):([^@]+)@)?(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i

/**
 * Reads `stun:host`, `turn:user:password@host:port?transport=tcp` and their TLS forms (RFC 7064, RFC 7065, with the
 * credentials in front as other tools have them). The binding answers every fault with the same words, so each is
 * named here. Percent-encoding in the credentials is decoded, so that they may hold `:` and `@`. With
 * `credentialsFollow` a TURN server may come without them.
 */
export function parseIceServer(
  given: string,
  { credentialsFollow = false }: { credentialsFollow?: boolean } = {},
): RTCIceServer {
  const text = given.trim()
  const [, scheme = '', username, credential, host = '', port, transport] = ICE_SERVER_URL.exec(text) ?? []
  const kind = readScheme(scheme)
  if (!kind || (port !== undefined && !isPort(Number(port)))) throw malformed(text, describeFault(text))
  const isTurn = kind === 'turn' || kind === 'turns'
  const isComplete = username !== undefined && credential !== undefined
  if (isTurn && !isComplete && !credentialsFollow) {
    throw malformed(text, 'a TURN server needs credentials: turn:user:password@host, or --turn-secret')
  }
  if (!isTurn && username !== undefined) throw malformed(text, 'a STUN server takes no credentials')
  if (!isTurn && transport?.toLowerCase() === 'tcp')
    throw malformed(text, 'only a TURN server takes ?transport=tcp')
  const query = isTurn && transport !== undefined ? `?transport=${transport.toLowerCase()}` : ''
  const urls = `${kind}:${host}:${port ?? DEFAULT_PORT[kind]}${query}`
  return isTurn && isComplete
    ? { urls, username: decode(username), credential: decode(credential) }
    : { urls }
}

function readScheme(scheme: string): keyof typeof DEFAULT_PORT | undefined {
  const lower = scheme.toLowerCase()
  return lower === 'stun' || lower === 'stuns' || lower === 'turn' || lower === 'turns' ? lower : undefined
}

function describeFault(text: string): string {
  if (!/^(stuns?|turns?):/i.test(text)) return 'it must begin with stun:, stuns:, turn: or turns:'
  if (/^\w+:\/\//.test(text)) return 'there is no // after the scheme'
  if (/@.*@/.test(text)) return 'an @ in the user name or the password is written %40'
  if (/:\d+(\?|$)/.test(text) && !isPort(Number(/:(\d+)(?:\?|$)/.exec(text)?.[1])))
    return 'the port must be 1 to 65535'
  if (/\?/.test(text) && !/\?transport=(udp|tcp)$/i.test(text))
    return 'only ?transport=udp or ?transport=tcp can follow'
  return 'write stun:host[:port] or turn:user:password@host[:port][?transport=tcp], IPv6 addresses in brackets'
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535
}

function decode(text: string | undefined): string {
  try {
    return decodeURIComponent(text ?? '')
  } catch {
    return text ?? ''
  }
}

function malformed(text: string, rule: string): PeerError {
  const shown = JSON.stringify(withoutCredentials(text))
  return new PeerError('USAGE', `--ice-server ${shown} is not an ICE server: ${rule}.`)
}

/** What is malformed has its password anywhere, so all that could be one is left out. */
function withoutCredentials(text: string): string {
  const at = text.lastIndexOf('@')
  if (at !== -1) return `${/^\w*:/.exec(text)?.[0] ?? ''}***${text.slice(at)}`
  if (/^stuns?:[^:]*:\d+(\?|$)/i.test(text)) return text
  return text.replace(/^([^:]*:(?:\[[^\]]*\]|[^:]*)):.*$/s, '$1:***')
}
