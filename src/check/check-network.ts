import { abortable } from '../async/abortable.js'
import { deferred } from '../async/deferred.js'
import { delay } from '../async/delay.js'
import type { PeerEvent, ReportEvent } from '../events.js'
import type { Endpoint } from '../stun/endpoint.js'
import type { AddressFamily } from '../stun/ip-address.js'
import type { ConnectivityFindings, ConnectivityType } from './connectivity.js'
import { discoverNatBehaviour, type NatBehaviour } from './nat-behaviour.js'
import type { Network } from './ports.js'
import { NoAnswer } from './probe-failure.js'
import { probeServer, type ServerFindings } from './probe-server.js'
import { listTargets, type ServerTarget } from './server-target.js'
import { judge, type CheckVerdict } from './verdict.js'

/** What has not answered by then counts as silent; with starting up and the report it makes less than 6 s. */
const PROBE_LIMIT_MS = 4_200
/** Slower servers than the first are waited for so long before the NAT is looked at with those that answered. */
const OTHER_SERVERS_MS = 400

const CONNECTIVITY_TYPES: readonly ConnectivityType[] = ['host', 'srflx', 'relay']

export interface CheckNetworkOptions {
  iceServers: RTCIceServer[]
  network: Network
  ipv6: boolean
  /** Connects two peers of this process with candidates of one type. */
  tryConnectivity: (
    type: ConnectivityType,
    options: { hopeless: AbortSignal },
  ) => Promise<ConnectivityFindings>
  signal: AbortSignal
  onEvent: ReportEvent
}

/**
 * Looks at everything at once, for at most PROBE_LIMIT_MS: each server over each transport, the NAT, and connections
 * of each candidate type. Reports each finding as it comes and the verdict last; rejects only with the signal's reason.
 */
export async function checkNetwork(options: CheckNetworkOptions): Promise<CheckVerdict> {
  const { iceServers, network, ipv6, tryConnectivity, signal, onEvent } = options
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(new NoAnswer()), PROBE_LIMIT_MS)
  const limited = AbortSignal.any([signal, limit.signal])
  const reached = new ReachedServers()
  try {
    const targets = listTargets(iceServers)
    const probes = targets.map((target) => {
      const onReached = (place: Endpoint & { family: AddressFamily }) => {
        if (target.transport === 'udp') reached.add(place)
      }
      return probeServer(target, { network, signal: limited, ipv6, onReached })
    })
    void Promise.all(probes).then(() => reached.end())
    const looking = lookAtNats(reached, { network, signal: limited })
    const hopeless = {
      host: new AbortController().signal,
      srflx: hopelessUnless(looking, (nats) => nats.some(({ hairpinning }) => hairpinning === true)),
      relay: hopelessUnless(Promise.all(probes), (found) => found.flat().some(canBeUsed)),
    }
    const types = CONNECTIVITY_TYPES.filter((type) => isPossible(type, targets))
    const attempts = types.map((type) =>
      tryConnectivity(type, { hopeless: AbortSignal.any([limited, hopeless[type]]) }),
    )
    // All of it runs at once; it is told in the order in which it is read.
    const servers = await reportEach(probes, (found) => found.map(serverEvent), options)
    const nats = await reportEach([looking], (found) => found.map(natEvent), options)
    const connectivity = await reportEach(attempts, connectivityEvent, options)
    const verdict = judge({ servers: servers.flat(), nats: nats.flat(), connectivity })
    onEvent({ event: 'check-verdict', ...verdict })
    return verdict
  } finally {
    clearTimeout(timer)
    limit.abort(new NoAnswer())
  }
}

/** Servers that answered over UDP, as they answer. */
class ReachedServers {
  readonly all: (Endpoint & { family: AddressFamily })[] = []
  readonly first = deferred()
  readonly ended = deferred()

  add(place: Endpoint & { family: AddressFamily }): void {
    this.all.push(place)
    this.first.resolve()
  }

  end(): void {
    this.first.resolve()
    this.ended.resolve()
  }
}

async function lookAtNats(
  reached: ReachedServers,
  { network, signal }: { network: Network; signal: AbortSignal },
): Promise<NatBehaviour[]> {
  await reached.first.promise
  await Promise.race([reached.ended.promise, delay(OTHER_SERVERS_MS)])
  const families = [...new Set(reached.all.map(({ family }) => family))]
  const discovered = await Promise.allSettled(
    families.map((family) => {
      const servers = reached.all.filter((place) => place.family === family)
      return discoverNatBehaviour(family, servers, { network, signal })
    }),
  )
  return discovered.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}

/** Reports each finding as soon as those before it are there; rejects with the reason of the signal. */
async function reportEach<T>(
  findings: readonly Promise<T>[],
  describe: (found: T) => PeerEvent[],
  { signal, onEvent }: Pick<CheckNetworkOptions, 'signal' | 'onEvent'>,
): Promise<T[]> {
  const all: T[] = []
  for (const finding of findings) {
    const found = await abortable(finding, signal)
    for (const event of describe(found)) onEvent(event)
    all.push(found)
  }
  return all
}

function natEvent(nat: NatBehaviour): PeerEvent {
  return { event: 'check-nat', ...nat }
}

function connectivityEvent(findings: ConnectivityFindings): PeerEvent[] {
  return [{ event: 'check-connectivity', ...findings }]
}

/** Aborts when what was found is no ground to go on. */
function hopelessUnless<T>(finding: Promise<T>, isGround: (found: T) => boolean): AbortSignal {
  const hopeless = new AbortController()
  void finding.then((found) => {
    if (!isGround(found)) hopeless.abort(new NoAnswer('There is no path of this type.'))
  })
  return hopeless.signal
}

/** libwebrtc does what the URLs say, so a transport that was only tried does not count. */
function canBeUsed({ target, allocation }: ServerFindings): boolean {
  return allocation !== null && !target.extra
}

function isPossible(type: ConnectivityType, targets: readonly ServerTarget[]): boolean {
  if (type === 'host') return true
  return type === 'relay' ? targets.some(({ kind }) => kind === 'turn') : targets.length > 0
}

function serverEvent(findings: ServerFindings): PeerEvent {
  const { target, family, address, binding, allocation, relay, relayFailure, certificate, failure } = findings
  const { credentialsExpireMs } = findings
  return {
    event: 'check-server',
    url: target.url,
    transport: target.transport,
    family,
    address,
    port: target.port,
    ok: failure === null,
    extra: target.extra,
    roundTripTimeMs: binding?.roundTripTimeMs ?? null,
    minRoundTripTimeMs: binding?.minRoundTripTimeMs ?? null,
    mapped: binding?.mapped ?? allocation?.mapped ?? null,
    software: binding?.software ?? null,
    allocation: allocation && {
      relayed: allocation.relayed,
      lifetimeS: allocation.lifetimeS,
      realm: allocation.realm,
    },
    relay,
    relayFailure,
    certificate: certificate && describeTrust(certificate),
    credentialsExpire: credentialsExpireMs === null ? null : new Date(credentialsExpireMs).toISOString(),
    failure,
  }
}

function describeTrust({ chainFault, ...facts }: NonNullable<ServerFindings['certificate']>) {
  return { ...facts, trusted: chainFault === null }
}
