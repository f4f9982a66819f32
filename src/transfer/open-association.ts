import { abortable, type AbortOptions } from '../async/abortable.js'
import { Disposables } from '../async/disposables.js'
import { PeerError } from '../errors.js'
import type { CandidatePolicy } from '../session/candidate.js'
import { Negotiator } from '../session/negotiator.js'
import type { CreatePeerConnection, DataChannel, PeerConnectionEvent } from '../session/ports.js'
import type { PeerMessage } from '../signaling/message.js'
import { DATA_CHANNEL } from './transfer-message.js'

/** How further connections to the same peer are made. */
export interface AssociationConnection {
  createPeerConnection: CreatePeerConnection
  configuration: RTCConfiguration
  candidatePolicy: CandidatePolicy
}

export interface OpenedAssociation extends AsyncDisposable {
  channel: DataChannel
  /** Takes what the other side's end of this association says. */
  onMessage(message: PeerMessage): void
  /** Resolves when the channel can carry frames. */
  opened: Promise<void>
}

/**
 * Begins one more connection to the same peer; its offer and answer go through `send`, which is the transfer's own
 * control channel: what that one authenticated, this one is.
 */
export function beginAssociation(
  role: 'offerer' | 'answerer',
  { createPeerConnection, configuration, candidatePolicy }: AssociationConnection,
  send: (message: PeerMessage) => Promise<void>,
  { signal }: AbortOptions = {},
): OpenedAssociation {
  const closing = new AbortController()
  const ending = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
  const early: PeerConnectionEvent[] = []
  let negotiator: Negotiator | undefined
  const connection = createPeerConnection(configuration, (event) => {
    if (negotiator) negotiator.onConnectionEvent(event)
    else early.push(event)
  })
  const { label, protocol } = DATA_CHANNEL
  const channel = connection.createDataChannel(label, { negotiated: true, id: 0, ordered: false, protocol })
  negotiator = new Negotiator(connection, {
    polite: role === 'answerer',
    initiates: role === 'offerer',
    trickle: true,
    candidatePolicy,
    send,
    onRefused: () => undefined,
    signal: ending,
  })
  for (const event of early) negotiator.onConnectionEvent(event)
  negotiator.negotiate()
  // A negotiation that fails leaves a channel that never opens; who waits for it has the signal.
  void negotiator.run().catch(() => connection[Symbol.asyncDispose]())

  const owned = new Disposables()
  owned.use(connection)
  owned.use(channel)
  const running = negotiator
  return {
    channel,
    onMessage: (message) => running.onPeerMessage(message),
    opened: abortable(channel.opened, ending),
    async [Symbol.asyncDispose]() {
      closing.abort(new PeerError('PEER_LOST', 'The association is closed.'))
      await owned[Symbol.asyncDispose]()
    },
  }
}
