import type { Transport } from './ports.js'
import type { TurnCredentials } from './turn-credentials.js'

/** One way to reach one server. */
export interface ServerTarget {
  /** As it was given, without credentials: `turn:host:3478?transport=tcp`. */
  url: string
  kind: 'stun' | 'turn'
  transport: Transport
  /** A name or an address, without brackets. */
  host: string
  port: number
  credentials: TurnCredentials | null
  /**
   * Nobody asked for this transport: it is tried because it tells a blocked transport from a dead server, and
   * finding nothing there is no fault.
   */
  extra: boolean
}

const URL_PARTS = /^(stuns?|turns?):(\[[^\]]+\]|[^:?]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i

const DEFAULT_PORT = { plain: 3478, secure: 5349 } as const

/**
 * How the servers of an RTCConfiguration are reached. A `turn:` server over UDP is also tried over TCP on the same
 * port; TLS servers over DTLS (`turns:…?transport=udp`) are left out, as libwebrtc leaves them out.
 */
export function listTargets(iceServers: readonly RTCIceServer[]): ServerTarget[] {
  const targets = iceServers.flatMap((server) =>
    [server.urls].flat().flatMap((url) => targetsOf(url, server)),
  )
  const asked = new Set(targets.filter(({ extra }) => !extra).map(keyOf))
  const seen = new Set<string>()
  return targets.filter((target) => {
    const key = keyOf(target)
    if (seen.has(key) || (target.extra && asked.has(key))) return false
    seen.add(key)
    return true
  })
}

function targetsOf(url: string, { username, credential }: RTCIceServer): ServerTarget[] {
  const [, scheme, place = '', givenPort, query] = URL_PARTS.exec(url.toLowerCase()) ?? []
  if (scheme === undefined) return []
  const kind = scheme.startsWith('turn') ? 'turn' : 'stun'
  const isSecure = scheme.endsWith('s')
  const port = Number(givenPort ?? DEFAULT_PORT[isSecure ? 'secure' : 'plain'])
  const transport = isSecure ? 'tls' : query === 'tcp' ? 'tcp' : 'udp'
  if (isSecure && query === 'udp') return []
  const host = place.replace(/^\[|\]$/g, '')
  const credentials = kind === 'turn' ? { username: username ?? '', credential: credential ?? '' } : null
  const target = { url, kind, transport, host, port, credentials, extra: false } as const
  if (kind !== 'turn' || transport !== 'udp') return [target]
  return [target, { ...target, url: `turn:${place}:${port}?transport=tcp`, transport: 'tcp', extra: true }]
}

function keyOf({ kind, transport, host, port, credentials }: ServerTarget): string {
  return JSON.stringify([kind, transport, host, port, credentials])
}
