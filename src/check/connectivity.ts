import { abortable } from '../async/abortable.js'
import { Disposables } from '../async/disposables.js'
import { toError } from '../errors.js'
import type { PeerEventOf } from '../events.js'
import { allowsCandidate, parseCandidate, type CandidatePolicy } from '../session/candidate.js'
import { Negotiator } from '../session/negotiator.js'
import type { CreatePeerConnection, DataChannel } from '../session/ports.js'
import type { PeerMessage } from '../signaling/message.js'
import { NoAnswer } from './probe-failure.js'

export type ConnectivityType = 'host' | 'srflx' | 'relay'
export type ConnectivityFindings = Omit<PeerEventOf<'check-connectivity'>, 'event'>

export interface ConnectivityOptions {
  createPeerConnection: CreatePeerConnection
  iceServers: RTCIceServer[]
  ipv6: boolean
  /** Aborts when the time is up, or once it is known from elsewhere that trying longer is of no use. */
  hopeless: AbortSignal
  signal: AbortSignal
}

/**
 * Connects two peers of this process, with candidates of one type only, until a data channel opens. Rejects only with
 * the reason of `signal`; what keeps them apart is a finding.
 */
export async function tryConnectivity(
  type: ConnectivityType,
  options: ConnectivityOptions,
): Promise<ConnectivityFindings> {
  const { hopeless, signal } = options
  const startedMs = performance.now()
  const candidates = new Map<string, ConnectivityFindings['candidates'][number]>()
  await using opened = new Disposables()
  const ending = new AbortController()
  try {
    const channels = openPair(type, options, {
      opened,
      signal: AbortSignal.any([signal, ending.signal]),
      onCandidate: (candidate) => candidates.set(JSON.stringify(candidate), candidate),
    })
    const both = Promise.all(channels.map((channel) => channel.opened))
    await abortable(both, AbortSignal.any([signal, hopeless]))
    const elapsedMs = performance.now() - startedMs
    return { type, ok: true, elapsedMs, candidates: [...candidates.values()], reason: null }
  } catch (thrown) {
    signal.throwIfAborted()
    const found = { type, elapsedMs: null, candidates: [...candidates.values()] }
    if (candidates.size === 0) return { ...found, ok: null, reason: noCandidate(type) }
    return { ...found, ok: false, reason: toError(thrown).message || 'no connection came up' }
  } finally {
    ending.abort(new NoAnswer('The attempt is over.'))
  }
}

interface PairContext {
  opened: Disposables
  signal: AbortSignal
  onCandidate: (candidate: ConnectivityFindings['candidates'][number]) => void
}

/** Two connections that tell each other everything at once; nothing is ever sent over their channels. */
function openPair(
  type: ConnectivityType,
  { createPeerConnection, iceServers, ipv6 }: ConnectivityOptions,
  { opened, signal, onCandidate }: PairContext,
): DataChannel[] {
  const configuration: RTCConfiguration = {
    iceServers: type === 'host' ? [] : iceServers,
    iceTransportPolicy: type === 'relay' ? 'relay' : 'all',
  }
  const candidatePolicy: CandidatePolicy = { types: [type], tcp: false, ipv6 }
  const negotiators: Negotiator[] = []
  const open = (initiates: boolean): DataChannel => {
    const connection = opened.use(
      createPeerConnection(configuration, (event) => {
        negotiators[initiates ? 0 : 1]?.onConnectionEvent(event)
        if (event.type === 'candidate' && initiates) tell(event.candidate.candidate)
      }),
    )
    const channel = connection.createDataChannel('check', { negotiated: true, id: 0 })
    channel.opened.catch(() => undefined)
    const negotiator = new Negotiator(connection, {
      polite: !initiates,
      initiates,
      trickle: true,
      candidatePolicy,
      send: async (message: PeerMessage) => negotiators[initiates ? 1 : 0]?.onPeerMessage(message),
      onRefused: () => undefined,
      signal,
    })
    negotiators.push(negotiator)
    return channel
  }
  const tell = (line = '') => {
    const candidate = parseCandidate(line)
    if (!candidate || !allowsCandidate(candidatePolicy, candidate)) return
    const { protocol, address, port } = candidate
    onCandidate({ protocol, address: address === '' ? null : address, port })
  }
  const channels = [open(true), open(false)]
  // It ends with the signal; what fails before shows in channels that do not open.
  for (const negotiator of negotiators) negotiator.run().catch(() => undefined)
  negotiators[0]?.negotiate()
  return channels
}

function noCandidate(type: ConnectivityType): string {
  switch (type) {
    case 'host':
      return 'no network interface has an address that can be used'
    case 'srflx':
      return 'no address but the own ones was found: no NAT is in between, or no STUN server answered'
    case 'relay':
      return 'no TURN server gave an address'
    default:
      return type satisfies never
  }
}
