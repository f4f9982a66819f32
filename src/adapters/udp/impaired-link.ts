import { lookup } from 'node:dns/promises'
import { Disposables } from '../../async/disposables.js'
import { delay } from '../../async/delay.js'
import type { LinkClock } from '../../impair/delay-line.js'
import { impairConnections, type LinkEntrance } from '../../impair/impaired-connection.js'
import { ImpairedDirection, type LinkCounts, type LinkDirections } from '../../impair/impaired-direction.js'
import type { Impairment } from '../../impair/impairment.js'
import type { CreatePeerConnection } from '../../session/ports.js'
import { formatEndpoint, type Endpoint } from '../../stun/endpoint.js'
import { ServerForwarder } from './server-forwarder.js'
import { LocalTurnServer } from './turn-server.js'

const LOOPBACK = { IPv4: '127.0.0.1', IPv6: '::1' }

/** Leaving takes no longer than this, however long the link is. */
const MAX_GOODBYE_MS = 500

export const LINK_CLOCK: LinkClock = {
  now: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

export interface ImpairedLinkOptions {
  /** The TURN servers of the connections; they are reached through the link too. */
  iceServers?: readonly RTCIceServer[] | undefined
  /** Local ports for what goes out. */
  portRange?: { min: number; max: number } | undefined
  /** Told of each server that cannot be reached through the link, and why. */
  onLeftOut?: (url: string, why: string) => void
}

/** An impaired link between this process and the network: one bottleneck each way for all that goes through it. */
export interface ImpairedLink extends AsyncDisposable {
  readonly counts: { outgoing: LinkCounts; incoming: LinkCounts }
  /** Connections of the same stack, whose packets pass this link. */
  impair(create: CreatePeerConnection): CreatePeerConnection
}

/** Opens the local ends of a link; dispose it after the connections that use it. */
export async function openImpairedLink(
  impairment: Impairment,
  options: ImpairedLinkOptions = {},
): Promise<ImpairedLink> {
  await using opened = new Disposables()
  const directions: LinkDirections = {
    outgoing: new ImpairedDirection(impairment, 'outgoing', LINK_CLOCK),
    incoming: new ImpairedDirection(impairment, 'incoming', LINK_CLOCK),
  }
  const local = await openLocalServers(directions, options)
  for (const server of local) opened.use(server)
  const forwarded: Forwarded[] = []
  for (const server of turnServersOf(options.iceServers ?? [])) {
    const forwarder = await openForwarder(server, directions, options)
    if (forwarder) forwarded.push({ ...server, forwarder: opened.use(forwarder) })
  }
  const entrance = createEntrance(local, forwarded)
  const owned = opened.move()
  return {
    get counts() {
      return { outgoing: directions.outgoing.counts, incoming: directions.incoming.counts }
    },
    impair: (create) => impairConnections(create, entrance),
    async [Symbol.asyncDispose]() {
      await lastPacketsGone(directions.outgoing)
      directions.outgoing[Symbol.dispose]()
      directions.incoming[Symbol.dispose]()
      await owned[Symbol.asyncDispose]()
    },
  }
}

/** What was sent last is a goodbye, and it is read from the stack's socket first. */
async function lastPacketsGone(outgoing: ImpairedDirection): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  const waitMs = Math.ceil(outgoing.lastDueMs - LINK_CLOCK.now()) + 1
  if (waitMs > 0) await delay(Math.min(waitMs, MAX_GOODBYE_MS))
}

interface TurnServer {
  url: string
  username: string
  credential: string
}

interface Forwarded extends TurnServer {
  forwarder: ServerForwarder
}

/** A machine without IPv6 has only the first. */
async function openLocalServers(
  directions: LinkDirections,
  { portRange }: ImpairedLinkOptions,
): Promise<LocalTurnServer[]> {
  const open = (address: string) => LocalTurnServer.open({ address, directions, portRange })
  const ipv4 = await open(LOOPBACK.IPv4)
  const ipv6 = await open(LOOPBACK.IPv6).catch(() => undefined)
  return ipv6 ? [ipv4, ipv6] : [ipv4]
}

async function openForwarder(
  { url }: TurnServer,
  directions: LinkDirections,
  { portRange, onLeftOut }: ImpairedLinkOptions,
): Promise<ServerForwarder | undefined> {
  const [, host = '', port] = /^turn:(\[[^\]]*\]|[^:?]*)(?::(\d+))?(?:\?transport=udp)?$/.exec(url) ?? []
  if (host === '') {
    onLeftOut?.(url, 'only UDP passes an impaired link')
    return undefined
  }
  try {
    const { address, family } = await lookup(host.replace(/[[\]]/g, ''))
    const server: Endpoint = { address, port: Number(port ?? 3478) }
    const loopback = family === 6 ? LOOPBACK.IPv6 : LOOPBACK.IPv4
    return await ServerForwarder.open({ address: loopback, server, directions, portRange })
  } catch (error) {
    onLeftOut?.(url, error instanceof Error ? error.message : String(error))
    return undefined
  }
}

function turnServersOf(iceServers: readonly RTCIceServer[]): TurnServer[] {
  return iceServers.flatMap(({ urls, username = '', credential = '' }) =>
    [urls]
      .flat()
      .filter((url) => /^turns?:/.test(url))
      .map((url) => ({ url, username, credential })),
  )
}

function createEntrance(local: readonly LocalTurnServer[], forwarded: readonly Forwarded[]): LinkEntrance {
  const own = local.map(({ local: at, username, credential }) => ({ urls: urlOf(at), username, credential }))
  const others = forwarded.map(({ forwarder, username, credential }) => ({
    urls: urlOf(forwarder.local),
    username,
    credential,
  }))
  return {
    configure(configuration) {
      const { portRange: _outward, ...rest } = { portRange: undefined, ...configuration }
      const iceServers = configuration.iceTransportPolicy === 'relay' ? others : [...own, ...others]
      return { ...rest, iceTransportPolicy: 'relay', iceServers }
    },
    isLocal: (address, port) => local.some((server) => server.isRelayed({ address, port })),
    serverBehind(url) {
      const behind = forwarded.find(({ forwarder }) => isAt(url, forwarder.local))
      if (behind) return behind.url
      return local.some((server) => isAt(url, server.local)) ? null : url
    },
  }
}

function urlOf(endpoint: Endpoint): string {
  return `turn:${formatEndpoint(endpoint)}?transport=udp`
}

/** The stack writes the same server as `turn:` and as `stun:`, with and without a query. */
function isAt(url: string, endpoint: Endpoint): boolean {
  return url.replace(/^\w+:/, '').replace(/\?.*$/, '') === formatEndpoint(endpoint)
}
