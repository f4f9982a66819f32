import type { AbortOptions } from '../async/abortable.js'
import type { MediaKind } from '../sdp/media-kind.js'

/**
 * What a session needs from a WebRTC stack, in the words of the W3C specification. The native binding implements
 * it in `adapters/wrtc`; a browser's own RTCPeerConnection can implement it as well.
 */

/** One `send` on a data channel: text or bytes. */
export type Message = string | Uint8Array

export interface DataChannel extends AsyncDisposable {
  readonly label: string
  readonly protocol: string
  readonly ordered: boolean
  readonly maxRetransmits: number | null
  readonly maxPacketLifeTime: number | null
  /** Largest message the peer takes, in bytes (RFC 8841 `a=max-message-size`). */
  readonly maxMessageSize: number
  /** Bytes handed over that are not on their way yet (W3C webrtc §6.2). */
  readonly bufferedAmount: number
  /** Resolves when the channel can send; rejects with PEER_LOST if it closes before. */
  readonly opened: Promise<void>
  /** Resolves, never rejects, when the channel is closed by either side or with its connection. */
  readonly closed: Promise<void>
  /**
   * Resolves when there is room for the next message, so awaiting it is back-pressure.
   * Rejects with MESSAGE_TOO_LARGE above `maxMessageSize`, with PEER_LOST once the channel is closed.
   */
  send(message: Message, options?: AbortOptions): Promise<void>
  /** Messages in order of arrival, none lost before the first read; ends when the channel closes. One reader. */
  messages(options?: AbortOptions): AsyncIterable<Message>
}

export interface PeerConnectionStates {
  connectionState: RTCPeerConnectionState
  iceConnectionState: RTCIceConnectionState
  iceGatheringState: RTCIceGatheringState
  signalingState: RTCSignalingState
}

export interface RemoteTrack {
  kind: MediaKind
  id: string
  track: MediaStreamTrack
}

/** How the one encoding of a sent track is made, in the words of RTCRtpEncodingParameters; absent is the stack's own choice. */
export interface EncodingParameters {
  /** Bits per second. */
  maxBitrate?: number | undefined
  /** From 1 on; both sides of a picture are divided by it. */
  scaleResolutionDownBy?: number | undefined
}

/** What sends one track of one connection. */
export interface TrackSender {
  /** Takes these for the encoding instead of those before; until the media is negotiated they are kept for it. */
  setParameters(parameters: EncodingParameters): Promise<void>
  /** The dictionaries of getStats() that have to do with the track; none before there is a stream. */
  getStats(): Promise<RawStats[]>
}

/** Everything a connection reports by itself. Delivered synchronously, so that nothing is lost between events. */
export type PeerConnectionEvent =
  | { type: 'candidate'; candidate: RTCIceCandidateInit; url: string | null }
  | { type: 'end-of-candidates' }
  | { type: 'candidate-error'; url: string; errorCode: number; errorText: string }
  | { type: 'state'; states: PeerConnectionStates }
  | { type: 'negotiation-needed' }
  | { type: 'data-channel'; channel: DataChannel }
  /** Something has arrived on a channel for the first time. */
  | { type: 'first-message'; label: string }
  | { type: 'track'; track: RemoteTrack }

export interface PeerConnection extends AsyncDisposable {
  readonly states: PeerConnectionStates
  readonly localDescription: RTCSessionDescriptionInit | null
  readonly remoteDescription: RTCSessionDescriptionInit | null
  createDataChannel(label: string, init?: RTCDataChannelInit): DataChannel
  addTrack(track: MediaStreamTrack, parameters?: EncodingParameters): TrackSender
  createOffer(): Promise<RTCSessionDescriptionInit>
  createAnswer(): Promise<RTCSessionDescriptionInit>
  setLocalDescription(description: RTCSessionDescriptionInit): Promise<void>
  setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void>
  /** Takes back a local offer that lost against the peer's (RFC 8829 §4.1.10.2). */
  rollback(): Promise<void>
  /** Candidates that arrive before the remote description are held and applied with it. */
  addIceCandidate(candidate: RTCIceCandidateInit): Promise<void>
  restartIce(): void
  /** The dictionaries of getStats(), in no order; rejects with PEER_LOST on a closed connection. */
  getStats(): Promise<RawStats[]>
}

/** One getStats() dictionary: `type`, `id`, `timestamp` (ms since the epoch) and the fields of its type. */
export type RawStats = Record<string, unknown> & { id: string; type: string; timestamp: number }

export type CreatePeerConnection = (
  configuration: RTCConfiguration,
  onEvent: (event: PeerConnectionEvent) => void,
) => PeerConnection
