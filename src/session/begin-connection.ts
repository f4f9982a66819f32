import { deferred } from '../async/deferred.js'
import { PeerError } from '../errors.js'
import type { PeerMessage, Role } from '../signaling/message.js'
import type { CandidatePolicy } from './candidate.js'
import { Negotiator } from './negotiator.js'
import type {
  CreatePeerConnection,
  PeerConnection,
  PeerConnectionEvent,
  PeerConnectionStates,
} from './ports.js'

/** How further connections to the same peer are made. */
export interface ConnectionOrigin {
  createPeerConnection: CreatePeerConnection
  configuration: RTCConfiguration
  candidatePolicy: CandidatePolicy
}

export interface BeginConnectionOptions<Channels> extends ConnectionOrigin {
  /** Makes the channels before the first offer; negotiated ones, the same on both sides. */
  createChannels: (connection: PeerConnection) => Channels
  /** Carries what the other side's `onMessage` takes; what authenticated that way authenticates this connection. */
  send: (message: PeerMessage) => Promise<void>
  onStates?: (states: PeerConnectionStates) => void
  /** Ends the negotiation; closing is the owner's. */
  signal: AbortSignal
}

export interface BegunConnection<Channels> extends AsyncDisposable {
  channels: Channels
  /** Takes what the other side's end of this connection says. */
  onMessage(message: PeerMessage): void
  /** Looks for a path anew; the offerer's to do. */
  restartIce(): void
  /** Resolves when all of its candidates were gathered. */
  gathered: Promise<void>
}

/** Begins one more connection to a peer that there is a way to already. Its channels tell when it is there. */
export function beginConnection<Channels>(
  role: Role,
  options: BeginConnectionOptions<Channels>,
): BegunConnection<Channels> {
  const { createPeerConnection, configuration, candidatePolicy, createChannels, send, onStates } = options
  const closing = new AbortController()
  const early: PeerConnectionEvent[] = []
  const gathered = deferred()
  let negotiator: Negotiator | undefined
  const connection = createPeerConnection(configuration, (event) => {
    if (event.type === 'end-of-candidates') gathered.resolve()
    if (event.type === 'state') onStates?.(event.states)
    if (negotiator) negotiator.onConnectionEvent(event)
    else early.push(event)
  })
  const channels = createChannels(connection)
  const running = new Negotiator(connection, {
    polite: role === 'answerer',
    initiates: role === 'offerer',
    trickle: true,
    candidatePolicy,
    send,
    onRefused: () => undefined,
    signal: AbortSignal.any([options.signal, closing.signal]),
  })
  negotiator = running
  for (const event of early) running.onConnectionEvent(event)
  running.negotiate()
  // A negotiation that fails leaves channels that never open; who waits for them has the signal.
  void running.run().catch(() => connection[Symbol.asyncDispose]())
  return {
    channels,
    onMessage: (message) => running.onPeerMessage(message),
    restartIce: () => connection.restartIce(),
    gathered: gathered.promise,
    async [Symbol.asyncDispose]() {
      closing.abort(new PeerError('PEER_LOST', 'The connection is closed.'))
      await connection[Symbol.asyncDispose]()
    },
  }
}
