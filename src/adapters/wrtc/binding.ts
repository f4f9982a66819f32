import { createRequire } from 'node:module'

/**
 * What exists in @roamhq/wrtc 0.10.0, in our own types: its own declarations re-export the DOM's, which promise
 * events and methods the binding does not have, and named ESM imports of it fail at run time.
 */

type Handler<E> = ((event: E) => void) | null

export interface NativeDataChannel {
  readonly label: string
  readonly protocol: string
  readonly ordered: boolean
  /** 65535 when unset. */
  readonly maxRetransmits: number
  /** 65535 when unset. */
  readonly maxPacketLifeTime: number
  readonly negotiated: boolean
  /** -1 before the association is up. */
  readonly id: number
  readonly readyState: RTCDataChannelState
  readonly bufferedAmount: number
  binaryType: string
  onopen: Handler<unknown>
  onclose: Handler<unknown>
  onmessage: Handler<{ data: string | ArrayBuffer }>
  send(data: string | Uint8Array): void
  close(): void
}

export interface NativeCandidate {
  candidate: string
  sdpMid: string | null
  sdpMLineIndex: number | null
}

export interface NativeSendParameters {
  readonly transactionId: string
  /** Named as the specification has it, but with `a=fmtp:` and its payload type in front, which is not taken back. */
  codecs: { sdpFmtpLine?: string }[]
  /** Without the SSRC, which the native library misses when it gets them back. */
  encodings: { ssrc?: number; maxBitrate?: number; scaleResolutionDownBy?: number }[]
}

export interface NativeSender {
  getParameters(): NativeSendParameters
  setParameters(parameters: NativeSendParameters): Promise<void>
}

export interface NativePeerConnection {
  readonly connectionState: RTCPeerConnectionState
  readonly iceConnectionState: RTCIceConnectionState
  readonly iceGatheringState: RTCIceGatheringState
  readonly signalingState: RTCSignalingState
  readonly localDescription: RTCSessionDescriptionInit | null
  readonly remoteDescription: RTCSessionDescriptionInit | null
  onicecandidate: Handler<{ candidate: NativeCandidate | null }>
  onicecandidateerror: Handler<{ url: string; errorCode: number; errorText: string }>
  onconnectionstatechange: Handler<unknown>
  oniceconnectionstatechange: Handler<unknown>
  onicegatheringstatechange: Handler<unknown>
  onsignalingstatechange: Handler<unknown>
  onnegotiationneeded: Handler<unknown>
  ondatachannel: Handler<{ channel: NativeDataChannel }>
  ontrack: Handler<{ track: MediaStreamTrack }>
  createDataChannel(label: string, init?: RTCDataChannelInit): NativeDataChannel
  addTrack(track: MediaStreamTrack, ...streams: NativeMediaStream[]): NativeSender
  createOffer(options?: RTCOfferOptions): Promise<RTCSessionDescriptionInit>
  createAnswer(): Promise<RTCSessionDescriptionInit>
  setLocalDescription(description: { type: string; sdp?: string }): Promise<void>
  setRemoteDescription(description: { type: string; sdp?: string }): Promise<void>
  addIceCandidate(candidate: object | null): Promise<void>
  restartIce(): void
  getStats(track?: MediaStreamTrack): Promise<NativeStatsReport>
  close(): void
}

export type NativeStatsReport = Map<string, { id: string; type: string; timestamp: number }>

export type NativeMediaStream = object

export interface NativeVideoFrame {
  width: number
  height: number
  rotation?: number
  data: Uint8Array
}

export interface NativeAudioData {
  samples: Int16Array
  sampleRate: number
  bitsPerSample?: number
  channelCount?: number
  numberOfFrames?: number
}

export interface NativeVideoSource {
  createTrack(): MediaStreamTrack
  onFrame(frame: NativeVideoFrame): void
}

export interface NativeAudioSource {
  createTrack(): MediaStreamTrack
  onData(data: NativeAudioData): void
}

export interface NativeVideoSink {
  onframe: Handler<{ frame: NativeVideoFrame }>
  stop(): void
}

export interface NativeAudioSink {
  ondata: Handler<NativeAudioData>
  stop(): void
}

export interface Binding {
  RTCPeerConnection: new (configuration?: RTCConfiguration & Record<string, unknown>) => NativePeerConnection
  MediaStream: new () => NativeMediaStream
  nonstandard: {
    RTCVideoSource: new () => NativeVideoSource
    RTCAudioSource: new () => NativeAudioSource
    RTCVideoSink: new (track: MediaStreamTrack) => NativeVideoSink
    RTCAudioSink: new (track: MediaStreamTrack) => NativeAudioSink
  }
}

const require = createRequire(import.meta.url)

// An import would do, and take 25 ms more at every start: Node first compiles a lexer to look for names to import.
export const binding = require('@roamhq/wrtc') as unknown as Binding
