import { parseCandidate } from '../session/candidate.js'
import type { CreatePeerConnection, PeerConnection, PeerConnectionEvent, RawStats } from '../session/ports.js'

/** The link as a connection sees it: everything that comes from the stack goes into it. */
export interface LinkEntrance {
  /** A configuration with which the stack reaches nothing but the link. */
  configure(configuration: RTCConfiguration): RTCConfiguration
  /** Whether an address that the stack calls relayed is a socket of this machine, opened by the link. */
  isLocal(address: string, port: number): boolean
  /** The ICE server behind one that `configure` put in its place, itself where it did not; null for the link's own. */
  serverBehind(url: string): string | null
}

/** RFC 8445 §5.1.2.2: type preference of host candidates, in the highest byte of a priority. */
const HOST_PRIORITY = 126 * 2 ** 24
const TYPE_PREFERENCE_STEP = 2 ** 24

/**
 * Makes connections whose every packet passes the link. To the stack it is a TURN server, the only one it may use; to
 * everybody else the stack's relayed candidates are the host candidates that they stand for.
 */
export function impairConnections(create: CreatePeerConnection, link: LinkEntrance): CreatePeerConnection {
  return (configuration, onEvent) => {
    const connection = create(link.configure(configuration), (event) => {
      const revealed = revealEvent(event, link)
      if (revealed) onEvent(revealed)
    })
    const overrides = {
      getStats: async () => (await connection.getStats()).map((stats) => revealStats(stats, link)),
    }
    return new Proxy(connection, {
      get(target, property) {
        if (property === 'localDescription') return revealDescription(target, link)
        if (property === 'getStats') return overrides.getStats
        const value: unknown = Reflect.get(target, property, target)
        // The connection itself is `this`: it has private fields, which a proxy has not.
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
}

/** The candidate line with the type that it has on the wire; any other line as it is. */
export function revealCandidate(line: string, link: LinkEntrance): string {
  const candidate = parseCandidate(line)
  if (candidate?.type !== 'relay' || !link.isLocal(candidate.address, candidate.port)) return line
  const priority = HOST_PRIORITY + (candidate.priority % TYPE_PREFERENCE_STEP)
  return line
    .replace(/ typ relay( raddr \S+)?( rport \d+)?/, ' typ host')
    .replace(/^((?:a=)?candidate:\S+ \d+ \S+) \d+/, `$1 ${priority}`)
}

function revealEvent(event: PeerConnectionEvent, link: LinkEntrance): PeerConnectionEvent | undefined {
  if (event.type === 'candidate') {
    const line = revealCandidate(event.candidate.candidate ?? '', link)
    return { ...event, candidate: { ...event.candidate, candidate: line } }
  }
  if (event.type !== 'candidate-error') return event
  const url = link.serverBehind(event.url)
  return url === null ? undefined : { ...event, url }
}

function revealDescription(
  { localDescription }: PeerConnection,
  link: LinkEntrance,
): RTCSessionDescriptionInit | null {
  if (localDescription?.sdp === undefined) return localDescription
  const lines = localDescription.sdp.split('\r\n').map((line) => revealCandidate(line, link))
  return { ...localDescription, sdp: lines.join('\r\n') }
}

function revealStats(stats: RawStats, link: LinkEntrance): RawStats {
  const { address, port, url } = stats
  if (stats.type !== 'local-candidate' || stats['candidateType'] !== 'relay') return stats
  if (typeof address !== 'string' || typeof port !== 'number') return stats
  if (!link.isLocal(address, port)) {
    return typeof url === 'string' ? { ...stats, url: link.serverBehind(url) } : stats
  }
  const { relayProtocol: _protocol, url: _url, ...rest } = stats
  return { ...rest, id: stats.id, type: stats.type, timestamp: stats.timestamp, candidateType: 'host' }
}
