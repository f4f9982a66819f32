import { abortable, type AbortOptions } from '../async/abortable.js'
import { withTimeout } from '../async/delay.js'
import { Disposables } from '../async/disposables.js'
import { PeerError } from '../errors.js'
import { beginConnection, type ConnectionOrigin } from '../session/begin-connection.js'
import type { CandidatePolicy } from '../session/candidate.js'
import type { DataChannel } from '../session/ports.js'
import type { PeerMessage, Role } from '../signaling/message.js'
import type { AssociationTransport } from './association.js'
import { DATA_CHANNEL } from './transfer-message.js'

/** Gathering of host candidates is over by then; servers may take longer, and nobody waits for them. */
const GATHERING_MS = 25

/** How further connections of a transfer are made. */
export interface AssociationConnection extends ConnectionOrigin {
  /** Whether ICE-TCP between the hosts themselves may be tried. */
  tcp: boolean
  /** How many associations this machine can have, the first included. */
  limit: number
}

export interface OpenedAssociation extends AsyncDisposable {
  channel: DataChannel
  /** Takes what the other side's end of this association says. */
  onMessage(message: PeerMessage): void
  /** Resolves when the channel can carry frames. */
  opened: Promise<void>
  /** Resolves when it has gathered its candidates, or has had the time a host needs for its own. */
  gathered: Promise<void>
}

/**
 * Begins one more connection to the same peer; its offer and answer go through `send`, which is the transfer's own
 * control channel: what that one authenticated, this one is.
 */
export function beginAssociation(
  role: Role,
  transport: AssociationTransport,
  { createPeerConnection, configuration, candidatePolicy }: AssociationConnection,
  send: (message: PeerMessage) => Promise<void>,
  { signal }: AbortOptions = {},
): OpenedAssociation {
  const closing = new AbortController()
  const ending = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
  const { label, protocol } = DATA_CHANNEL
  const owned = new Disposables()
  const connection = owned.use(
    beginConnection(role, {
      createPeerConnection,
      configuration,
      candidatePolicy: transport === 'tcp' ? tcpOnly(candidatePolicy) : candidatePolicy,
      createChannels: (begun) =>
        begun.createDataChannel(label, { negotiated: true, id: 0, ordered: false, protocol }),
      send,
      signal: ending,
    }),
  )
  const channel = owned.use(connection.channels)
  return {
    channel,
    onMessage: (message) => connection.onMessage(message),
    opened: abortable(channel.opened, ending),
    gathered: withTimeout(connection.gathered, GATHERING_MS, () => new Error('still gathering')).catch(
      () => undefined,
    ),
    async [Symbol.asyncDispose]() {
      closing.abort(new PeerError('PEER_LOST', 'The association is closed.'))
      await owned[Symbol.asyncDispose]()
    },
  }
}

/** ICE-TCP (RFC 6544) between hosts: what a local network lets through, and a NAT does not. */
function tcpOnly(policy: CandidatePolicy): CandidatePolicy {
  return { ...policy, types: policy.types.filter((type) => type === 'host'), tcp: true, udp: false }
}
