import type { CreatePeerConnection, PeerConnection, PeerConnectionEvent, RawStats } from './ports.js'

/** Where a server is reached instead, on this machine. */
export interface BridgedServer {
  /** As the configuration has it. */
  url: string
  /** Of the bridge, on 127.0.0.1. */
  port: number
  /** Why the bridge could not reach the server, once it could not. */
  failure: () => string | undefined
}

/**
 * Makes connections that reach the bridged servers over their bridges; in everything they report, the servers have
 * the names they have in the configuration.
 */
export function bridgeConnections(
  create: CreatePeerConnection,
  bridges: readonly BridgedServer[],
): CreatePeerConnection {
  if (bridges.length === 0) return create
  return (configuration, onEvent) => {
    const { iceServers = [] } = configuration
    const bridged = iceServers.map((server) => ({
      ...server,
      urls: [server.urls]
        .flat()
        .map((url) => bridges.find((bridge) => bridge.url === url)?.port ?? url)
        .map(bridgeUrl),
    }))
    const connection = create({ ...configuration, iceServers: bridged }, (event) =>
      onEvent(named(event, bridges)),
    )
    return withNamedStats(connection, bridges)
  }
}

function bridgeUrl(place: number | string): string {
  return typeof place === 'number' ? `turn:127.0.0.1:${place}?transport=tcp` : place
}

function named(event: PeerConnectionEvent, bridges: readonly BridgedServer[]): PeerConnectionEvent {
  if (event.type !== 'candidate' && event.type !== 'candidate-error') return event
  const bridge = findBridge(event.url, bridges)
  if (bridge === undefined) return event
  if (event.type === 'candidate') return { ...event, url: bridge.url }
  return { ...event, url: bridge.url, errorText: event.errorText || (bridge.failure() ?? '') }
}

/** What else the port has, and gets, goes to the connection as it is. */
function withNamedStats(connection: PeerConnection, bridges: readonly BridgedServer[]): PeerConnection {
  return new Proxy(connection, {
    get(target, property) {
      if (property === 'getStats') {
        return async () => (await target.getStats()).map((stats) => namedStats(stats, bridges))
      }
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function namedStats(stats: RawStats, bridges: readonly BridgedServer[]): RawStats {
  const bridge = typeof stats['url'] === 'string' ? findBridge(stats['url'], bridges) : undefined
  if (bridge === undefined) return stats
  return { ...stats, url: bridge.url, ...('relayProtocol' in stats ? { relayProtocol: 'tls' } : {}) }
}

function findBridge(url: string | null, bridges: readonly BridgedServer[]): BridgedServer | undefined {
  const port = /^turn:127\.0\.0\.1:(\d+)\b/.exec(url ?? '')?.[1]
  return port === undefined ? undefined : bridges.find((bridge) => bridge.port === Number(port))
}
