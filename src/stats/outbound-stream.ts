import type { StreamStats } from '../events.js'
import type { RawStats } from '../session/ports.js'
import { bitsPerSecond, meanMilliseconds, meanOf, perSecond } from './deltas.js'
import { readMilliseconds, readNumber, readString } from './read-field.js'
import type { StreamContext } from './stream-context.js'
import { feedbackRates, rootMeanSquareLevel, rtcpRoundTripTimeMs } from './stream-figures.js'

/**
 * What an RTP stream that is sent says about itself (W3C webrtc-stats RTCOutboundRtpStreamStats). What happens to its
 * packets on their way is known from the peer's RTCP receiver reports only.
 */
export function measureOutbound(context: StreamContext): Partial<StreamStats> {
  const { stats, before, remote } = context
  return {
    bitrate: bitsPerSecond(stats, before, 'bytesSent'),
    headerBitrate: bitsPerSecond(stats, before, 'headerBytesSent'),
    retransmittedBitrate: bitsPerSecond(stats, before, 'retransmittedBytesSent'),
    targetBitrate: readNumber(stats, 'targetBitrate'),
    bytes: readNumber(stats, 'bytesSent'),
    packets: readNumber(stats, 'packetsSent'),
    packetsPerSecond: perSecond(stats, before, 'packetsSent'),
    retransmittedPackets: readNumber(stats, 'retransmittedPacketsSent'),
    packetSendDelayMs: meanMilliseconds(stats, before, { sum: 'totalPacketSendDelay', count: 'packetsSent' }),
    lossRatio: readNumber(remote.now, 'fractionLost'),
    totalLossRatio: totalLossRatio(context),
    packetsLost: readNumber(remote.now, 'packetsLost'),
    jitterMs: readMilliseconds(remote.now, 'jitter'),
    roundTripTimeMs: rtcpRoundTripTimeMs(remote.now),
    meanRoundTripTimeMs: meanMilliseconds(remote.now, remote.before, {
      sum: 'totalRoundTripTime',
      count: 'roundTripTimeMeasurements',
    }),
    ...feedbackRates(stats, before),
    ...(context.kind === 'video' ? measureVideo(context) : measureAudio(context)),
  }
}

function measureVideo({ stats, before, source }: StreamContext): Partial<StreamStats> {
  return {
    codecImplementation: readString(stats, 'encoderImplementation'),
    framesPerSecond: readNumber(stats, 'framesPerSecond') ?? perSecond(stats, before, 'framesSent'),
    sourceFramesPerSecond: readNumber(source.now, 'framesPerSecond'),
    width: readNumber(stats, 'frameWidth'),
    height: readNumber(stats, 'frameHeight'),
    frames: readNumber(stats, 'framesEncoded'),
    keyFrames: readNumber(stats, 'keyFramesEncoded'),
    hugeFrames: readNumber(stats, 'hugeFramesSent'),
    codingMs: meanMilliseconds(stats, before, { sum: 'totalEncodeTime', count: 'framesEncoded' }),
    qp: meanOf(stats, before, { sum: 'qpSum', count: 'framesEncoded' }),
    qualityLimitationReason: readString(stats, 'qualityLimitationReason'),
    qualityLimitationDurationsMs: readLimitationDurations(stats),
    qualityLimitationResolutionChanges: readNumber(stats, 'qualityLimitationResolutionChanges'),
  }
}

function measureAudio({ source }: StreamContext): Partial<StreamStats> {
  return {
    audioLevel: readNumber(source.now, 'audioLevel'),
    audioLevelRms: rootMeanSquareLevel(source),
  }
}

/**
 * What the peer had lost when it last reported, of what had been sent by then: it numbers no packets that are sent
 * again, and what was sent since its report is told by the rate of this interval.
 */
function totalLossRatio({ stats, before, remote }: StreamContext): number | null {
  const lost = readNumber(remote.now, 'packetsLost')
  const sent = readNumber(stats, 'packetsSent')
  if (lost === null || sent === null || remote.now === undefined) return null
  const again = readNumber(stats, 'retransmittedPacketsSent') ?? 0
  const sinceSeconds = Math.max(0, stats.timestamp - remote.now.timestamp) / 1000
  const since = (perSecond(stats, before, 'packetsSent') ?? 0) * sinceSeconds
  const reported = sent - again - since
  return reported <= 0 ? null : Math.min(1, Math.max(0, lost) / reported)
}

function readLimitationDurations(stats: RawStats): StreamStats['qualityLimitationDurationsMs'] {
  const durations = stats['qualityLimitationDurations']
  if (typeof durations !== 'object' || durations === null) return null
  const seconds = new Map<string, unknown>(Object.entries(durations))
  const milliseconds = (reason: string) => {
    const value = seconds.get(reason)
    return typeof value === 'number' && Number.isFinite(value) ? value * 1000 : null
  }
  return {
    none: milliseconds('none'),
    cpu: milliseconds('cpu'),
    bandwidth: milliseconds('bandwidth'),
    other: milliseconds('other'),
  }
}
