import * as v from 'valibot'
import { CANDIDATE_TYPES } from '../sdp/ice-candidate.js'
import { count, mediaKind, milliseconds } from './quantities.js'

export const candidateTypeSchema = v.picklist(CANDIDATE_TYPES)

const candidateSummary = v.object({
  type: candidateTypeSchema,
  protocol: v.nullable(v.string()),
  address: v.nullable(v.string()),
  port: v.nullable(v.number()),
  /** Transport between the client and its TURN server; null unless `type` is `relay`. */
  relayProtocol: v.nullable(v.string()),
  url: v.nullable(v.string()),
})
export type CandidateSummary = v.InferOutput<typeof candidateSummary>

export const candidatePairSchema = v.object({
  local: candidateSummary,
  remote: candidateSummary,
  protocol: v.nullable(v.string()),
  relayed: v.boolean(),
  /**
   * Seconds (W3C webrtc-stats); null until the first check was answered. The stack counts whole milliseconds: where
   * it says 0, `stats` events give the session's own measurement through the control channel.
   */
  currentRoundTripTime: v.nullable(v.number()),
  /** Bits per second; null where the stack does not estimate. */
  availableOutgoingBitrate: v.nullable(v.number()),
  availableIncomingBitrate: v.nullable(v.number()),
})
export type CandidatePairSummary = v.InferOutput<typeof candidatePairSchema>

/** One of all candidate pairs, with what ICE makes of it. */
export const candidatePairStateSchema = v.object({
  local: candidateSummary,
  remote: candidateSummary,
  selected: v.boolean(),
  /** `frozen`, `waiting`, `in-progress`, `failed` or `succeeded` (RFC 8445 §6.1.2.6). */
  state: v.nullable(v.string()),
  nominated: v.nullable(v.boolean()),
  /** Seconds. */
  currentRoundTripTime: v.nullable(v.number()),
  requestsSent: v.nullable(v.number()),
  responsesReceived: v.nullable(v.number()),
  bytesSent: v.nullable(v.number()),
  bytesReceived: v.nullable(v.number()),
})
export type CandidatePairState = v.InferOutput<typeof candidatePairStateSchema>

const figure = v.nullable(v.number())

/** Milliseconds since the stream began that each reason limited it. */
const limitationDurations = v.object({ none: figure, cpu: figure, bandwidth: figure, other: figure })

/** null: this stack does not have it, this direction or kind does not, or it needs a sample before. */
const streamStats = v.object({
  direction: v.picklist(['inbound', 'outbound']),
  kind: mediaKind,
  ssrc: figure,
  mid: v.nullable(v.string()),
  codec: v.nullable(v.string()),
  /** The encoder or decoder, such as `libvpx`. */
  codecImplementation: v.nullable(v.string()),

  /** Bits per second of payload over the interval, those sent again included. */
  bitrate: figure,
  /** Bits per second of RTP headers and padding. */
  headerBitrate: figure,
  /** Bits per second of payload sent again. */
  retransmittedBitrate: figure,
  /** What the encoder was told to make, bits per second. */
  targetBitrate: figure,
  bytes: figure,
  packets: figure,
  packetsPerSecond: figure,
  retransmittedPackets: figure,
  packetsDiscarded: figure,
  fecPackets: figure,

  /** Lost packets over expected packets, 0 to 1: in the interval inbound, as the peer last reported it outbound. */
  lossRatio: figure,
  /** Lost packets over expected packets since the stream began. */
  totalLossRatio: figure,
  packetsLost: figure,
  /** Milliseconds. */
  jitterMs: figure,
  roundTripTimeMs: figure,
  /** Mean over the round trips that RTCP measured in the interval. */
  meanRoundTripTimeMs: figure,

  nackCount: figure,
  pliCount: figure,
  firCount: figure,
  nacksPerSecond: figure,
  plisPerSecond: figure,
  firsPerSecond: figure,

  /** Means over what left the jitter buffer in the interval. */
  jitterBufferDelayMs: figure,
  jitterBufferTargetDelayMs: figure,
  jitterBufferMinimumDelayMs: figure,
  /** From the first packet of a frame to the decoded frame, mean. */
  processingDelayMs: figure,
  /** From the encoder to the network, mean for each packet. */
  packetSendDelayMs: figure,

  framesPerSecond: figure,
  /** What the source gives; less leaves the encoder where it cannot keep up. */
  sourceFramesPerSecond: figure,
  width: figure,
  height: figure,
  /** Encoded or decoded frames. */
  frames: figure,
  keyFrames: figure,
  framesDropped: figure,
  /** Received, but neither decoded nor dropped yet. */
  framesPending: figure,
  hugeFrames: figure,
  /** Encoding or decoding one frame, mean. */
  codingMs: figure,
  /** Mean quantiser of the frames, in the codec's own scale. */
  qp: figure,
  interFrameDelayMs: figure,
  interFrameDelayDeviationMs: figure,
  freezeCount: figure,
  freezeDurationMs: figure,
  /** Share of the interval that the picture was frozen, 0 to 1. */
  freezeRatio: figure,
  pauseCount: figure,
  pauseDurationMs: figure,
  qualityLimitationReason: v.nullable(v.string()),
  qualityLimitationDurationsMs: v.nullable(limitationDurations),
  qualityLimitationResolutionChanges: figure,

  /** 0 to 1, at the moment. */
  audioLevel: figure,
  /** Root mean square of the level over the interval, 0 to 1. */
  audioLevelRms: figure,
  /** Share of the samples of the interval that were made up, 0 to 1. */
  concealmentRatio: figure,
  concealmentEvents: figure,
})
export type StreamStats = v.InferOutput<typeof streamStats>

const dataChannelStats = v.object({
  label: v.string(),
  id: v.nullable(v.number()),
  state: v.string(),
  messagesSent: count,
  messagesReceived: count,
  bytesSent: count,
  bytesReceived: count,
  /** Bits per second over the interval. */
  sendBitrate: v.nullable(v.number()),
  receiveBitrate: v.nullable(v.number()),
  messagesSentPerSecond: v.nullable(v.number()),
  messagesReceivedPerSecond: v.nullable(v.number()),
})
export type DataChannelStats = v.InferOutput<typeof dataChannelStats>

export const statsSummarySchema = v.object({
  /** Which of the peers in this process measured; always `local` with a room. */
  side: v.picklist(['local', 'remote']),
  elapsedMs: milliseconds,
  /** Since the sample before, or since `connected` for the first. */
  intervalMs: milliseconds,
  candidatePair: v.nullable(candidatePairSchema),
  transport: v.nullable(
    v.object({
      dtlsState: v.nullable(v.string()),
      dtlsCipher: v.nullable(v.string()),
      srtpCipher: v.nullable(v.string()),
      tlsVersion: v.nullable(v.string()),
      dtlsRole: v.nullable(v.string()),
      iceRole: v.nullable(v.string()),
      iceState: v.nullable(v.string()),
      bytesSent: count,
      bytesReceived: count,
      sendBitrate: v.nullable(v.number()),
      receiveBitrate: v.nullable(v.number()),
      packetsSent: v.nullable(v.number()),
      packetsReceived: v.nullable(v.number()),
      packetsSentPerSecond: v.nullable(v.number()),
      packetsReceivedPerSecond: v.nullable(v.number()),
      /** Mean over the checks of the selected pair that were answered in the interval, milliseconds. */
      meanRoundTripTimeMs: v.nullable(v.number()),
      selectedCandidatePairChanges: v.nullable(v.number()),
    }),
  ),
  streams: v.array(streamStats),
  dataChannels: v.array(dataChannelStats),
})
export type StatsSummary = v.InferOutput<typeof statsSummarySchema>

/** What each figure was like over a whole run; the names and kinds are those of `--expect`. */
export const runSummarySchema = v.object({
  durationMs: milliseconds,
  samples: count,
  figures: v.array(
    v.object({
      figure: v.string(),
      /** The stream, where there can be several of one direction and kind; null for the connection's own. */
      of: v.nullable(v.string()),
      /** Its unit: milliseconds, bit/s, byte/s, bytes, 0 to 1, or none. */
      kind: v.picklist(['time', 'bitrate', 'rate', 'bytes', 'ratio', 'count', 'number']),
      /** `run`: counted since the beginning, so that `last` is the total; `interval`: another value in each sample. */
      over: v.picklist(['interval', 'run']),
      samples: count,
      last: v.number(),
      min: v.number(),
      /** Nearest-rank, within 1 %. */
      p50: v.number(),
      p95: v.number(),
      max: v.number(),
      mean: v.number(),
    }),
  ),
  /** Figures that were null in every sample: this stack or this session does not have them. */
  notMeasured: v.array(v.string()),
})
export type RunSummary = v.InferOutput<typeof runSummarySchema>
