import { Disposables } from '../async/disposables.js'
import { toError } from '../errors.js'
import type { Endpoint } from '../stun/endpoint.js'
import type { AddressFamily } from '../stun/ip-address.js'
import { findCertificateFault } from './certificate.js'
import { measureBinding, type BindingFigures } from './measure-binding.js'
import { measureRelay, type RelayFigures } from './measure-relay.js'
import type { CertificateFacts, Link, LinkEvents, Network } from './ports.js'
import { explainNetworkError, NoAnswer, ProbeFailure, type Failure } from './probe-failure.js'
import { openRelayEnd, type RelayEnd } from './relay-end.js'
import type { ServerTarget } from './server-target.js'
import { StunClient } from './stun-client.js'
import { readCredentialExpiry } from './turn-credentials.js'

/** A TURN server may be told not to answer Binding requests; they are only measured with then. */
const OPTIONAL_BINDING_MS = 1_500

export interface AllocationFigures {
  relayed: Endpoint
  mapped: Endpoint | null
  lifetimeS: number
  realm: string
}

/** All that was found out about one server over one transport to one of its addresses. */
export interface ServerFindings {
  target: ServerTarget
  family: AddressFamily | null
  /** The address of the server that was talked to; null where its name has none. */
  address: string | null
  binding: BindingFigures | null
  allocation: AllocationFigures | null
  relay: RelayFigures | null
  /** Why the relay could not be measured though there is an allocation. */
  relayFailure: Failure | null
  certificate: CertificateFacts | null
  /** ms since the epoch; null where the user name says no time. */
  credentialsExpireMs: number | null
  failure: Failure | null
}

export interface ProbeOptions {
  network: Network
  /** Ends what is unanswered; aborted with NoAnswer when the time is up. */
  signal: AbortSignal
  /** Called as soon as the server answered over this transport. */
  onReached?: (remote: Endpoint & { family: AddressFamily }) => void
  ipv6: boolean
}

/** Probes every address family of a server. Never rejects: what goes wrong is a finding. */
export async function probeServer(target: ServerTarget, options: ProbeOptions): Promise<ServerFindings[]> {
  const { network, signal, ipv6 } = options
  try {
    const addresses = await network.resolve(target.host, { signal })
    const usable = addresses.filter(({ family }) => ipv6 || family === 'IPv4')
    const first = ['IPv4', 'IPv6'].flatMap((family) => usable.find((entry) => entry.family === family) ?? [])
    if (first.length === 0) throw noAddress(target.host)
    return await Promise.all(first.map((place) => probeAddress(target, place, options)))
  } catch (thrown) {
    const failure = explainNetworkError(toError(thrown), target.transport)
    return [{ ...nothingFound(target), failure }]
  }
}

interface Place {
  address: string
  family: AddressFamily
}

async function probeAddress(
  target: ServerTarget,
  place: Place,
  options: ProbeOptions,
): Promise<ServerFindings> {
  const findings: ServerFindings = { ...nothingFound(target), ...place }
  const reached = () => options.onReached?.({ ...place, port: target.port })
  await using opened = new Disposables()
  try {
    const open = linkOpener(target, place, options, findings)
    if (target.kind === 'turn') await probeTurn(findings, place.family, { open, opened, reached }, options)
    else {
      const client = opened.use(await StunClient.open(open))
      findings.binding = await measureBinding(client, options)
      reached()
    }
  } catch (thrown) {
    // A server that refuses in its own words is there, and tells about the NAT all the same.
    if (thrown instanceof ProbeFailure && /^\d{3}$/.test(thrown.failure.code)) reached()
    findings.failure = explainCredentials(explainNetworkError(toError(thrown), target.transport), findings)
  }
  return findings
}

type OpenLink = (events: LinkEvents) => Promise<Link>

async function probeTurn(
  findings: ServerFindings,
  family: AddressFamily,
  { open, opened, reached }: { open: OpenLink; opened: Disposables; reached: () => void },
  options: ProbeOptions,
): Promise<void> {
  const { target } = findings
  const { signal } = options
  if (target.credentials === null) throw new TypeError('a TURN target has credentials')
  const end = { credentials: target.credentials, family, signal }
  const first = opened.use(await openRelayEnd(open, end))
  reached()
  const { relayed, mapped, lifetimeS, realm } = first.allocation
  findings.allocation = { relayed, mapped, lifetimeS, realm }
  findings.binding = await measureOptionalBinding(first, signal)
  try {
    const second = opened.use(await openRelayEnd(open, end))
    findings.relay = await measureRelay(first, second, options)
  } catch (thrown) {
    findings.relayFailure = explainNetworkError(toError(thrown), target.transport)
  }
}

async function measureOptionalBinding(
  { client }: RelayEnd,
  signal: AbortSignal,
): Promise<BindingFigures | null> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(new NoAnswer()), OPTIONAL_BINDING_MS)
  try {
    return await measureBinding(client, { signal: AbortSignal.any([signal, limit.signal]) })
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}

/** Opens links to the server; what its certificate says is a finding, and nothing is said over one not trusted. */
function linkOpener(
  target: ServerTarget,
  { address, family }: Place,
  { network, signal }: ProbeOptions,
  findings: ServerFindings,
): OpenLink {
  const remote = { address, port: target.port }
  return async (events) => {
    switch (target.transport) {
      case 'udp':
        return network.openUdp(family, { ...events, signal, remote })
      case 'tcp':
        return network.openTcp(remote, { ...events, signal })
      case 'tls': {
        const link = await network.openTls(remote, { ...events, signal, serverName: target.host })
        findings.certificate = link.certificate
        const fault = findCertificateFault(link.certificate, target.host)
        if (fault === undefined) return link
        await link[Symbol.asyncDispose]()
        throw new ProbeFailure(fault)
      }
      default:
        return target.transport satisfies never
    }
  }
}

/** A server answers expired credentials as it answers wrong ones; the user name tells them apart. */
function explainCredentials(failure: Failure, { credentialsExpireMs }: ServerFindings): Failure {
  if (failure.code !== '401' || credentialsExpireMs === null || credentialsExpireMs > Date.now())
    return failure
  return {
    code: '401',
    message: `401: the credentials expired at ${new Date(credentialsExpireMs).toISOString()}`,
    hint: 'Get new ones from the service that gave them, or make them here with --turn-secret.',
  }
}

function nothingFound(target: ServerTarget): ServerFindings {
  return {
    target,
    family: null,
    address: null,
    binding: null,
    allocation: null,
    relay: null,
    relayFailure: null,
    certificate: null,
    credentialsExpireMs: target.credentials
      ? (readCredentialExpiry(target.credentials.username) ?? null)
      : null,
    failure: null,
  }
}

function noAddress(host: string): ProbeFailure {
  return new ProbeFailure({
    code: 'unknown-host',
    message: `${host} has no IPv4 address`,
    hint: 'Leave --no-ipv6 away, or use another server.',
  })
}
