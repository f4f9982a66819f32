import type { StreamStats } from '../events.js'
import type { RawStats } from '../session/ports.js'
import {
  bitsPerSecond,
  firstKnown,
  increase,
  meanMilliseconds,
  meanOf,
  perSecond,
  signedChange,
} from './deltas.js'
import { readMilliseconds, readNumber, readString } from './read-field.js'
import type { Pair, StreamContext } from './stream-context.js'
import { feedbackRates, rootMeanSquareLevel, rtcpRoundTripTimeMs } from './stream-figures.js'

/** What an RTP stream that arrives says about itself (W3C webrtc-stats RTCInboundRtpStreamStats). */
export function measureInbound(context: StreamContext): Partial<StreamStats> {
  const { stats, before, remote } = context
  return {
    bitrate: bitsPerSecond(stats, before, 'bytesReceived'),
    headerBitrate: bitsPerSecond(stats, before, 'headerBytesReceived'),
    retransmittedBitrate: bitsPerSecond(stats, before, 'retransmittedBytesReceived'),
    bytes: readNumber(stats, 'bytesReceived'),
    packets: readNumber(stats, 'packetsReceived'),
    packetsPerSecond: perSecond(stats, before, 'packetsReceived'),
    retransmittedPackets: readNumber(stats, 'retransmittedPacketsReceived'),
    packetsDiscarded: readNumber(stats, 'packetsDiscarded'),
    fecPackets: readNumber(stats, 'fecPacketsReceived'),
    lossRatio: lossRatio(
      signedChange(stats, before, 'packetsLost'),
      increase(stats, before, 'packetsReceived'),
    ),
    totalLossRatio: lossRatio(readNumber(stats, 'packetsLost'), readNumber(stats, 'packetsReceived')),
    packetsLost: readNumber(stats, 'packetsLost'),
    jitterMs: readMilliseconds(stats, 'jitter'),
    roundTripTimeMs: rtcpRoundTripTimeMs(remote.now),
    meanRoundTripTimeMs: meanMilliseconds(remote.now, remote.before, {
      sum: 'totalRoundTripTime',
      count: 'roundTripTimeMeasurements',
    }),
    ...feedbackRates(stats, before),
    ...measureJitterBuffer(stats, before),
    ...(context.kind === 'video' ? measureVideo(context) : measureAudio(context)),
  }
}

/** Means over what left the buffer; its counters are per frame or per sample. */
function measureJitterBuffer(stats: RawStats, before: RawStats | undefined) {
  const mean = (sum: string) => meanMilliseconds(stats, before, { sum, count: 'jitterBufferEmittedCount' })
  return {
    jitterBufferDelayMs: mean('jitterBufferDelay'),
    jitterBufferTargetDelayMs: mean('jitterBufferTargetDelay'),
    jitterBufferMinimumDelayMs: mean('jitterBufferMinimumDelay'),
  }
}

function measureVideo({ stats, before, track }: StreamContext): Partial<StreamStats> {
  // libwebrtc before M111 keeps freezes and pauses on the obsolete `track`, newer stacks on the stream itself.
  const places: readonly Pair[] = [{ now: stats, before }, track]
  const known = (field: string) => firstKnown(...places.map(({ now }) => readNumber(now, field)))
  const perFrame = (sum: string) => meanMilliseconds(stats, before, { sum, count: 'framesDecoded' })
  return {
    codecImplementation: readString(stats, 'decoderImplementation'),
    framesPerSecond: readNumber(stats, 'framesPerSecond') ?? perSecond(stats, before, 'framesDecoded'),
    width: known('frameWidth'),
    height: known('frameHeight'),
    frames: readNumber(stats, 'framesDecoded'),
    keyFrames: readNumber(stats, 'keyFramesDecoded'),
    framesDropped: known('framesDropped'),
    framesPending: framesPending(stats),
    codingMs: perFrame('totalDecodeTime'),
    processingDelayMs: perFrame('totalProcessingDelay'),
    qp: meanOf(stats, before, { sum: 'qpSum', count: 'framesDecoded' }),
    interFrameDelayMs: perFrame('totalInterFrameDelay'),
    interFrameDelayDeviationMs: interFrameDelayDeviationMs(stats, before),
    freezeCount: known('freezeCount'),
    freezeDurationMs: inMilliseconds(known('totalFreezesDuration')),
    freezeRatio: firstKnown(
      ...places.map(({ now, before: earlier }) =>
        now === undefined ? null : atMostOne(perSecond(now, earlier, 'totalFreezesDuration')),
      ),
    ),
    pauseCount: known('pauseCount'),
    pauseDurationMs: inMilliseconds(known('totalPausesDuration')),
  }
}

function measureAudio({ stats, before, track }: StreamContext): Partial<StreamStats> {
  return {
    audioLevel: firstKnown(readNumber(stats, 'audioLevel'), readNumber(track.now, 'audioLevel')),
    audioLevelRms: firstKnown(rootMeanSquareLevel({ now: stats, before }), rootMeanSquareLevel(track)),
    concealmentRatio: atMostOne(
      firstKnown(
        ...[{ now: stats, before }, track].map(({ now, before: earlier }) =>
          meanOf(now, earlier, { sum: 'concealedSamples', count: 'totalSamplesReceived' }),
        ),
      ),
    ),
    concealmentEvents: firstKnown(
      readNumber(stats, 'concealmentEvents'),
      readNumber(track.now, 'concealmentEvents'),
    ),
  }
}

/** Lost over expected packets; null where none were expected. Duplicates can make the losses negative (RFC 3550 §6.4.1). */
function lossRatio(packetsLost: number | null, packetsReceived: number | null): number | null {
  if (packetsLost === null || packetsReceived === null) return null
  const lost = Math.max(0, packetsLost)
  return lost + packetsReceived === 0 ? null : lost / (lost + packetsReceived)
}

function framesPending(stats: RawStats): number | null {
  const received = readNumber(stats, 'framesReceived')
  const decoded = readNumber(stats, 'framesDecoded')
  const dropped = readNumber(stats, 'framesDropped')
  return received === null || decoded === null || dropped === null
    ? null
    : Math.max(0, received - decoded - dropped)
}

/** The standard deviation, from the sum and the sum of squares (W3C webrtc-stats `totalSquaredInterFrameDelay`). */
function interFrameDelayDeviationMs(stats: RawStats, before: RawStats | undefined): number | null {
  const mean = meanOf(stats, before, { sum: 'totalInterFrameDelay', count: 'framesDecoded' })
  const meanSquare = meanOf(stats, before, { sum: 'totalSquaredInterFrameDelay', count: 'framesDecoded' })
  if (mean === null || meanSquare === null) return null
  // Rounding can leave a variance just below zero.
  return 1000 * Math.sqrt(Math.max(0, meanSquare - mean * mean))
}

/** What happened since the sample before can be booked late, beyond the interval itself. */
function atMostOne(ratio: number | null): number | null {
  return ratio === null ? null : Math.min(1, ratio)
}

function inMilliseconds(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000
}
