import { PeerError, toError } from '../../errors.js'
import type {
  DataChannel,
  EncodingParameters,
  PeerConnection,
  PeerConnectionEvent,
  PeerConnectionStates,
  RawStats,
  TrackSender,
} from '../../session/ports.js'
import { binding, type NativeDataChannel, type NativePeerConnection } from './binding.js'
import { WrtcDataChannel } from './data-channel.js'
import { NativeCalls } from './native-calls.js'
import { WrtcTrackSender } from './track-sender.js'

/** RFC 8841 §6: what a peer takes that does not say. */
const DEFAULT_MAX_MESSAGE_BYTES = 65_536

/** libwebrtc's own ceiling: above it a send closes the local channel without an error. */
const MAX_MESSAGE_BYTES = 262_144

/** Opens a native RTCPeerConnection behind the session's port. Events are delivered synchronously as they fire. */
export function createPeerConnection(
  configuration: RTCConfiguration,
  onEvent: (event: PeerConnectionEvent) => void,
): PeerConnection {
  return new WrtcPeerConnection(configuration, onEvent)
}

class WrtcPeerConnection implements PeerConnection {
  readonly #native: NativePeerConnection
  readonly #onEvent: (event: PeerConnectionEvent) => void
  readonly #channels = new Set<WrtcDataChannel>()
  readonly #senders: WrtcTrackSender[] = []
  readonly #calls = new NativeCalls()
  #heldCandidates: RTCIceCandidateInit[] = []
  #maxMessageSize = DEFAULT_MAX_MESSAGE_BYTES

  constructor(configuration: RTCConfiguration, onEvent: (event: PeerConnectionEvent) => void) {
    this.#native = openNative(configuration)
    this.#onEvent = onEvent
    this.#listen()
  }

  get states(): PeerConnectionStates {
    const { connectionState, iceConnectionState, iceGatheringState, signalingState } = this.#native
    return { connectionState, iceConnectionState, iceGatheringState, signalingState }
  }

  get localDescription(): RTCSessionDescriptionInit | null {
    return this.#native.localDescription
  }

  get remoteDescription(): RTCSessionDescriptionInit | null {
    return this.#native.remoteDescription
  }

  createDataChannel(label: string, init?: RTCDataChannelInit): DataChannel {
    this.#calls.throwIfClosed()
    return this.#adopt(this.#native.createDataChannel(label, init))
  }

  addTrack(track: MediaStreamTrack, parameters: EncodingParameters = {}): TrackSender {
    this.#calls.throwIfClosed()
    const sender = new WrtcTrackSender(this.#native.addTrack(track, new binding.MediaStream()), {
      parameters,
      getStats: () => this.#getStats(track),
      call: (start) => this.#calls.run('setParameters', start),
    })
    this.#senders.push(sender)
    return sender
  }

  createOffer(): Promise<RTCSessionDescriptionInit> {
    return this.#calls.run('createOffer', () => this.#native.createOffer())
  }

  createAnswer(): Promise<RTCSessionDescriptionInit> {
    return this.#calls.run('createAnswer', () => this.#native.createAnswer())
  }

  async setLocalDescription({ type, sdp }: RTCSessionDescriptionInit): Promise<void> {
    await this.#calls.run('setLocalDescription', () => this.#native.setLocalDescription({ type, sdp }))
    if (type === 'answer') await this.#onNegotiated()
  }

  async setRemoteDescription({ type, sdp }: RTCSessionDescriptionInit): Promise<void> {
    await this.#calls.run('setRemoteDescription', () => this.#native.setRemoteDescription({ type, sdp }))
    this.#maxMessageSize = readMaxMessageSize(sdp ?? '')
    const held = this.#heldCandidates
    this.#heldCandidates = []
    for (const candidate of held) await this.#applyHeldCandidate(candidate, sdp ?? '')
    if (type === 'answer') await this.#onNegotiated()
  }

  rollback(): Promise<void> {
    return this.#calls.run('setLocalDescription', () =>
      this.#native.setLocalDescription({ type: 'rollback' }),
    )
  }

  async addIceCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    this.#calls.throwIfClosed()
    if (this.#native.remoteDescription) await this.#applyCandidate(candidate)
    else this.#heldCandidates.push(candidate)
  }

  restartIce(): void {
    if (!this.#calls.isClosed) this.#native.restartIce()
  }

  getStats(): Promise<RawStats[]> {
    return this.#getStats()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#calls.isClosed) return
    this.#calls.close()
    this.#native.close()
    for (const channel of this.#channels) channel.connectionClosed()
    this.#channels.clear()
  }

  #listen(): void {
    const native = this.#native
    native.onicecandidate = ({ candidate }) => this.#reportCandidate(candidate)
    native.onicecandidateerror = ({ url, errorCode, errorText }) =>
      this.#emit({ type: 'candidate-error', url, errorCode, errorText })
    const onState = () => this.#emit({ type: 'state', states: this.states })
    native.onconnectionstatechange = onState
    native.oniceconnectionstatechange = onState
    native.onicegatheringstatechange = onState
    native.onsignalingstatechange = onState
    native.onnegotiationneeded = () => this.#emit({ type: 'negotiation-needed' })
    native.ondatachannel = ({ channel }) =>
      this.#emit({ type: 'data-channel', channel: this.#adopt(channel) })
    native.ontrack = ({ track }) => this.#reportTrack(track)
  }

  #reportCandidate(candidate: RTCIceCandidateInit | null): void {
    if (!candidate?.candidate) {
      this.#emit({ type: 'end-of-candidates' })
      return
    }
    const { sdpMid, sdpMLineIndex } = candidate
    this.#emit({
      type: 'candidate',
      candidate: { candidate: candidate.candidate, sdpMid, sdpMLineIndex },
      url: null,
    })
  }

  #reportTrack(track: MediaStreamTrack): void {
    const kind = track.kind === 'audio' ? 'audio' : 'video'
    this.#emit({ type: 'track', track: { kind, id: track.id, track } })
  }

  #emit(event: PeerConnectionEvent): void {
    if (!this.#calls.isClosed) this.#onEvent(event)
  }

  #adopt(native: NativeDataChannel): WrtcDataChannel {
    const channel = new WrtcDataChannel(native, {
      maxMessageSize: () => this.#maxMessageSize,
      onFirstMessage: () => this.#emit({ type: 'first-message', label: native.label }),
    })
    this.#channels.add(channel)
    void channel.closed.then(() => this.#channels.delete(channel)) // never rejects
    return channel
  }

  async #onNegotiated(): Promise<void> {
    await Promise.all(this.#senders.map((sender) => sender.onNegotiated()))
  }

  /** Of one track only where it is named. */
  async #getStats(...track: [] | [MediaStreamTrack]): Promise<RawStats[]> {
    const report = await this.#calls.run('getStats', () => this.#native.getStats(...track))
    return Array.from(report.values(), (stats) => ({ ...stats }))
  }

  async #applyHeldCandidate(candidate: RTCIceCandidateInit, sdp: string): Promise<void> {
    // A candidate of a description that was rolled back carries another ufrag and has nothing to join.
    const ufrag = /\bufrag (\S+)/.exec(candidate.candidate ?? '')?.[1]
    if (ufrag !== undefined && !sdp.includes(`a=ice-ufrag:${ufrag}`)) return
    try {
      await this.#applyCandidate(candidate)
    } catch {
      // Who added it was answered long ago, and one candidate less must not cost the description.
      this.#calls.throwIfClosed()
    }
  }

  async #applyCandidate({ candidate, sdpMid, sdpMLineIndex }: RTCIceCandidateInit): Promise<void> {
    const init = {
      candidate,
      ...(sdpMid === null || sdpMid === undefined ? {} : { sdpMid }),
      ...(sdpMLineIndex === null || sdpMLineIndex === undefined ? {} : { sdpMLineIndex }),
    }
    await this.#calls.run('addIceCandidate', () => this.#native.addIceCandidate(init))
  }
}

function openNative(configuration: RTCConfiguration): NativePeerConnection {
  try {
    return new binding.RTCPeerConnection({ ...configuration })
  } catch (cause) {
    const error = toError(cause)
    throw new PeerError('CONFIGURATION', `The RTCConfiguration was refused: ${error.message}`, {
      cause: error,
    })
  }
}

/** From the SDP, not from `pc.sctp`: touching that object makes the process segfault at exit. */
function readMaxMessageSize(sdp: string): number {
  const stated = /^a=max-message-size:(\d+)/m.exec(sdp)?.[1]
  if (stated === undefined) return DEFAULT_MAX_MESSAGE_BYTES
  const bytes = Number(stated)
  return bytes === 0 ? MAX_MESSAGE_BYTES : Math.min(bytes, MAX_MESSAGE_BYTES)
}
