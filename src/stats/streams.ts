import type { StreamStats } from '../events.js'
import type { RawStats } from '../session/ports.js'
import { bitsPerSecond, increase, perSecond, signedChange } from './deltas.js'
import { readMilliseconds, readNumber, readString } from './read-field.js'
import type { StatsIndex } from './stats-index.js'

/**
 * Each RTP stream in either direction, joined with its codec, its source and what the peer reports about it
 * (W3C webrtc-stats RTCInboundRtpStreamStats and its siblings); rates are since `previous` and null without it. Ordered by m-line, inbound first.
 */
export function summariseStreams(current: StatsIndex, previous: StatsIndex | null): StreamStats[] {
  const inbound = current
    .ofType('inbound-rtp')
    .flatMap((stats) => summariseInbound(stats, previous?.byId(stats.id), current))
  const outbound = current
    .ofType('outbound-rtp')
    .flatMap((stats) => summariseOutbound(stats, previous?.byId(stats.id), current))
  return [...inbound.toSorted(byMidAndSsrc), ...outbound.toSorted(byMidAndSsrc)]
}

function summariseInbound(stats: RawStats, previous: RawStats | undefined, index: StatsIndex): StreamStats[] {
  const kind = readKind(stats)
  if (kind === null) return []
  // libwebrtc M106 keeps freezes on the obsolete `track`, newer stacks on the stream itself.
  const track = index.byId(readString(stats, 'trackId'))
  const remote = index.byId(readString(stats, 'remoteId'))
  return [
    {
      ...identify('inbound', kind, stats, index),
      bitrate: bitsPerSecond(stats, previous, 'bytesReceived'),
      packetsPerSecond: perSecond(stats, previous, 'packetsReceived'),
      lossRatio: inboundLossRatio(stats, previous),
      packetsLost: readNumber(stats, 'packetsLost'),
      jitterMs: readMilliseconds(stats, 'jitter'),
      roundTripTimeMs: readMilliseconds(remote, 'roundTripTime'),
      jitterBufferDelayMs: jitterBufferDelayMs(stats, previous),
      framesPerSecond: readNumber(stats, 'framesPerSecond') ?? perSecond(stats, previous, 'framesDecoded'),
      width: readNumber(stats, 'frameWidth') ?? readNumber(track, 'frameWidth'),
      height: readNumber(stats, 'frameHeight') ?? readNumber(track, 'frameHeight'),
      framesDropped: readNumber(stats, 'framesDropped') ?? readNumber(track, 'framesDropped'),
      freezeCount: readNumber(track, 'freezeCount') ?? readNumber(stats, 'freezeCount'),
      qualityLimitationReason: null,
      audioLevel: readNumber(stats, 'audioLevel') ?? readNumber(track, 'audioLevel'),
    },
  ]
}

function summariseOutbound(
  stats: RawStats,
  previous: RawStats | undefined,
  index: StatsIndex,
): StreamStats[] {
  const kind = readKind(stats)
  if (kind === null) return []
  // What happens to the packets on their way is known from the peer's RTCP receiver reports only.
  const remote = index.byId(readString(stats, 'remoteId'))
  const source = index.byId(readString(stats, 'mediaSourceId'))
  return [
    {
      ...identify('outbound', kind, stats, index),
      bitrate: bitsPerSecond(stats, previous, 'bytesSent'),
      packetsPerSecond: perSecond(stats, previous, 'packetsSent'),
      lossRatio: readNumber(remote, 'fractionLost'),
      packetsLost: readNumber(remote, 'packetsLost'),
      jitterMs: readMilliseconds(remote, 'jitter'),
      roundTripTimeMs: readMilliseconds(remote, 'roundTripTime'),
      jitterBufferDelayMs: null,
      framesPerSecond: readNumber(stats, 'framesPerSecond') ?? perSecond(stats, previous, 'framesSent'),
      width: readNumber(stats, 'frameWidth'),
      height: readNumber(stats, 'frameHeight'),
      framesDropped: null,
      freezeCount: null,
      qualityLimitationReason: readString(stats, 'qualityLimitationReason'),
      audioLevel: readNumber(source, 'audioLevel'),
    },
  ]
}

function identify<Direction extends StreamStats['direction']>(
  direction: Direction,
  kind: StreamStats['kind'],
  stats: RawStats,
  index: StatsIndex,
) {
  return {
    direction,
    kind,
    ssrc: readNumber(stats, 'ssrc'),
    mid: readString(stats, 'mid'),
    codec: codecName(index.byId(readString(stats, 'codecId'))),
  }
}

/** `video/VP8` is `VP8`: the kind is said beside it. */
function codecName(codec: RawStats | undefined): string | null {
  const mimeType = readString(codec, 'mimeType')
  return mimeType === null ? null : mimeType.slice(mimeType.indexOf('/') + 1)
}

function readKind(stats: RawStats): StreamStats['kind'] | null {
  const kind = readString(stats, 'kind') ?? readString(stats, 'mediaType')
  return kind === 'audio' || kind === 'video' ? kind : null
}

/** Lost over expected packets since `previous`; null where none were expected. A duplicate can make losses negative. */
function inboundLossRatio(stats: RawStats, previous: RawStats | undefined): number | null {
  const change = signedChange(stats, previous, 'packetsLost')
  const received = increase(stats, previous, 'packetsReceived')
  if (change === null || received === null) return null
  const lost = Math.max(0, change)
  return lost + received === 0 ? null : lost / (lost + received)
}

/** Mean stay in the jitter buffer of what left it since `previous`; both counters are per frame or per sample. */
function jitterBufferDelayMs(stats: RawStats, previous: RawStats | undefined): number | null {
  const delaySeconds = increase(stats, previous, 'jitterBufferDelay')
  const emitted = increase(stats, previous, 'jitterBufferEmittedCount')
  return delaySeconds === null || emitted === null || emitted === 0 ? null : (delaySeconds * 1000) / emitted
}

function byMidAndSsrc(a: StreamStats, b: StreamStats): number {
  const byMid = (a.mid ?? '').localeCompare(b.mid ?? '', 'en', { numeric: true })
  return byMid || (a.ssrc ?? 0) - (b.ssrc ?? 0)
}
