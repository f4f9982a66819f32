import type { PeerEventOf } from '../events.js'
import type { ConnectivityFindings } from './connectivity.js'
import type { NatBehaviour } from './nat-behaviour.js'
import type { ServerFindings } from './probe-server.js'

export interface Findings {
  servers: readonly ServerFindings[]
  nats: readonly NatBehaviour[]
  connectivity: readonly ConnectivityFindings[]
}

export type CheckVerdict = Omit<PeerEventOf<'check-verdict'>, 'event'>

type Judgement = Pick<CheckVerdict, 'verdict' | 'message' | 'advice'>

/** The network, not the server, is what fails so. */
const NETWORK_FAULTS: ReadonlySet<string> = new Set(['timeout', 'unreachable'])

/** One line for everything that was found: what connections from here will be like, and what to do about it. */
export function judge(findings: Findings): CheckVerdict {
  const { servers, connectivity } = findings
  const judgement = judgePath(findings)
  const failed = servers.filter(({ target, failure }) => failure !== null && !target.extra)
  const relayBroken =
    connectivity.some(({ type, ok }) => type === 'relay' && ok === false) &&
    servers.some(({ relay }) => relay !== null && relay.lossRatio < 1)
  const hostBroken = connectivity.some(({ type, ok }) => type === 'host' && ok !== true)
  const lacksRelay = judgement.verdict === 'relay' && !servers.some(hasRelay)
  const isBlocked = judgement.verdict === 'blocked'
  const advice = new Set([
    ...judgement.advice,
    ...failed.flatMap(({ target, failure }) => (failure?.hint ? [`${target.url}: ${failure.hint}`] : [])),
  ])
  return {
    ...judgement,
    ok: failed.length === 0 && !isBlocked && !lacksRelay && !relayBroken && !hostBroken,
    advice: [...advice],
  }
}

function judgePath({ servers, nats }: Findings): Judgement {
  if (servers.length === 0) {
    return {
      verdict: 'unknown',
      message: 'without a server only this machine can be looked at',
      advice: ['Give your STUN or TURN server: --ice-server turn:user:password@host:3478.'],
    }
  }
  const overUdp = servers.some((server) => server.target.transport === 'udp' && isReached(server))
  if (overUdp || nats.length > 0) return judgeNat(nats, servers)
  if (!servers.some(({ target }) => target.transport === 'udp') && servers.some(works)) {
    return judgeUnasked(servers.filter(works))
  }
  const withoutUdp = servers.filter(hasRelay)
  if (withoutUdp.length > 0) return judgeWithoutUdp(withoutUdp, servers)
  if (!servers.some(isReached) && servers.some(isNetworkFault)) {
    return {
      verdict: 'blocked',
      message: 'nothing that was asked answers: connections are blocked here, or every server is down',
      advice: [
        'Try from another network; if it works there, ask for the ports of the servers to be opened here.',
      ],
    }
  }
  if (servers.some(isReached) && isUdpBlocked(servers)) {
    return {
      verdict: 'blocked',
      message: 'UDP is blocked here, and no TURN server works over TCP or TLS',
      advice: ['Give a TURN server that works over TCP or TLS.'],
    }
  }
  return {
    verdict: 'unknown',
    message: 'no server works, so nothing can be told about the network',
    advice: [],
  }
}

function judgeNat(nats: readonly NatBehaviour[], servers: readonly ServerFindings[]): Judgement {
  const nat = nats.find(({ family }) => family === 'IPv4') ?? nats[0]
  const canRelay = servers.some(hasRelay)
  // One that was given and does not work has advice of its own.
  const relayAdvice = servers.some(({ target }) => target.kind === 'turn')
    ? []
    : ['Give a TURN server (--ice-server turn:user:password@host) for what cannot be direct.']
  const mapping = nat?.mapping ?? null
  switch (mapping) {
    case 'endpoint-independent':
      return {
        verdict: 'direct',
        message: nat?.translated
          ? 'direct connections likely: the NAT keeps one public port for every peer'
          : 'direct connections likely: no NAT is in between',
        advice: relayAdvice,
      }
    case 'address-dependent':
    case 'address-and-port-dependent':
    case 'dependent':
      return {
        verdict: 'relay',
        message: `relay needed: the NAT takes another public port for each peer (symmetric)${canRelay ? '' : ', and no TURN server works'}`,
        advice: relayAdvice,
      }
    case null:
      return {
        verdict: 'unknown',
        message: 'UDP works; whether the NAT lets peers connect directly takes a second STUN server to tell',
        advice: [
          'Give another --ice-server at another address, or one with two addresses (RFC 5780).',
          ...relayAdvice,
        ],
      }
    default:
      return mapping satisfies never
  }
}

/** Only TCP and TLS were asked, which says nothing about UDP, over which peers connect. */
function judgeUnasked(working: readonly ServerFindings[]): Judgement {
  const over = [...new Set(working.map(({ target }) => target.transport))].join(' and ')
  const what = working.some(hasRelay) ? 'the TURN server works' : 'the server answers'
  return {
    verdict: 'unknown',
    message: `${what} over ${over}; whether peers connect directly takes a server asked over UDP to tell`,
    advice: ['Give a stun: or turn: server too.'],
  }
}

function judgeWithoutUdp(relays: readonly ServerFindings[], servers: readonly ServerFindings[]): Judgement {
  const over = [...new Set(relays.map(({ target }) => target.transport))].join(' and ')
  const extra = relays.find(({ target }) => target.extra)
  const why = isUdpBlocked(servers) ? 'UDP is blocked here' : 'no server answers over UDP'
  return {
    verdict: 'relay',
    message: `relay needed: ${why}, and the TURN server works over ${over}`,
    advice: extra ? [`Give it as ${extra.target.url}, so that peers use it.`] : [],
  }
}

/** A host that answers over TCP or TLS, but not over UDP, is there; the network takes the UDP away. */
function isUdpBlocked(servers: readonly ServerFindings[]): boolean {
  const answering = new Set(
    servers
      .filter((server) => server.target.transport !== 'udp' && isReached(server))
      .map(({ address }) => address),
  )
  return servers.some(
    (server) => server.target.transport === 'udp' && isNetworkFault(server) && answering.has(server.address),
  )
}

function works({ failure }: ServerFindings): boolean {
  return failure === null
}

function hasRelay({ allocation }: ServerFindings): boolean {
  return allocation !== null
}

/** Something that speaks STUN or TLS answered, if only to refuse. */
function isReached({ failure, binding, allocation, certificate }: ServerFindings): boolean {
  return (
    binding !== null || allocation !== null || certificate !== null || /^\d{3}$/.test(failure?.code ?? '')
  )
}

function isNetworkFault({ failure }: ServerFindings): boolean {
  return failure !== null && NETWORK_FAULTS.has(failure.code)
}
