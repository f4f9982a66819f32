import type { AbortOptions } from '../async/abortable.js'
import type { Role, RoomPeer } from '../signaling/message.js'
import type { CandidatePolicy } from './candidate.js'
import type { ConnectionMessage, ControlHello, Feature, MediaAnnouncement } from './control-message.js'
import type { PeerClock } from './round-trip.js'
import type { SessionEnd } from './session-end.js'
import type { CreatePeerConnection, DataChannel, PeerConnection, RawStats, RemoteTrack } from './ports.js'

export interface SessionOptions {
  role: Role
  createPeerConnection: CreatePeerConnection
  configuration: RTCConfiguration
  /** What this peer was started as; told to the other side. */
  verb: string
  features: readonly Feature[]
  candidatePolicy?: CandidatePolicy
  /** False sends one description with all candidates in it instead of candidates as they are found. */
  trickle?: boolean
  /** From the peer's arrival to `connected`, in milliseconds. */
  connectTimeoutMs?: number
  /** Told when the wait changes: first for a peer, then for the connection to it. */
  onPhase?: (phase: 'waiting' | 'negotiating') => void
  /** Adds the channels and tracks of the first offer; called again when a peer leaves before it was connected. */
  setUp?: (connection: PeerConnection) => void
}

/** How the two sessions set up further connections between them, without the signaling server. */
export interface ConnectionSignaling {
  /** Aborts when the session ends, with a PeerError that says how. */
  readonly signal: AbortSignal
  /** What the peer says about them; one reader. */
  connectionMessages(options?: AbortOptions): AsyncIterable<ConnectionMessage>
  /** Resolves when it is on its way, and also where the peer is gone, which is noticed otherwise. */
  sendConnectionMessage(message: ConnectionMessage): Promise<void>
}

/**
 * One peer connected to another. Ends by itself when the peer leaves or is lost (`ended`, and `signal` aborts);
 * disposing it says bye.
 */
export interface Session extends AsyncDisposable, ConnectionSignaling {
  readonly peer: RoomPeer
  readonly peerHello: ControlHello
  readonly ended: Promise<SessionEnd>
  readonly connectedMs: number
  /** Exactly one of the two sides is the one that opens what both could open. */
  readonly initiator: boolean
  /** Through the control channel and both processes, in milliseconds; null before the first answer. */
  readonly roundTripTimeMs: number | null
  /** The clock that the peer stamps its pictures with; null before the first answer and where it does not tell. */
  readonly peerClock: PeerClock | null
  /** What the peer last said that it sends; null where it did not say. */
  readonly peerMedia: MediaAnnouncement | null
  /** Tells the peer what is sent from now on. */
  announceMedia(media: MediaAnnouncement): void
  createDataChannel(label: string, init?: RTCDataChannelInit): DataChannel
  /** Channels the peer opened that were not negotiated beforehand. */
  incomingDataChannels(options?: AbortOptions): AsyncIterable<DataChannel>
  tracks(options?: AbortOptions): AsyncIterable<RemoteTrack>
  getStats(): Promise<RawStats[]>
  restartIce(): void
  /** Has this ended, and waited for, before bye is said, whoever leaves: the peer closes when it hears that. */
  beforeLeaving(end: () => Promise<void>): void
  /** Says bye and waits a moment for the answer. */
  leave(reason: string): Promise<void>
}
