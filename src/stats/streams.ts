import type { StreamStats } from '../events.js'
import type { RawStats } from '../session/ports.js'
import { measureInbound } from './inbound-stream.js'
import { measureOutbound } from './outbound-stream.js'
import { readNumber, readString } from './read-field.js'
import type { StatsIndex } from './stats-index.js'
import { joinStream, type StreamContext } from './stream-context.js'
import { UNKNOWN_STREAM } from './unknown-stream.js'

/**
 * Each RTP stream in either direction, joined with its codec, its source and what the peer reports about it; rates
 * and means are since `previous` and null without it. Ordered by m-line, inbound first.
 */
export function summariseStreams(current: StatsIndex, previous: StatsIndex | null): StreamStats[] {
  const summarise = (type: string, measure: (stats: RawStats) => StreamStats[]) =>
    current
      .ofType(type)
      .flatMap((stats) => measure(stats))
      .toSorted(byMidAndSsrc)
  const join = (stats: RawStats) => joinStream(stats, current, previous)
  return [
    ...summarise('inbound-rtp', (stats) => describe('inbound', join(stats), measureInbound)),
    ...summarise('outbound-rtp', (stats) => describe('outbound', join(stats), measureOutbound)),
  ]
}

function describe(
  direction: StreamStats['direction'],
  context: StreamContext | null,
  measure: (context: StreamContext) => Partial<StreamStats>,
): StreamStats[] {
  if (context === null) return []
  const { kind, stats, codec } = context
  return [
    {
      direction,
      kind,
      ssrc: readNumber(stats, 'ssrc'),
      mid: readString(stats, 'mid'),
      codec: codecName(codec),
      ...UNKNOWN_STREAM,
      ...measure(context),
    },
  ]
}

/** `video/VP8` is `VP8`: the kind is said beside it. */
function codecName(codec: RawStats | undefined): string | null {
  const mimeType = readString(codec, 'mimeType')
  return mimeType === null ? null : mimeType.slice(mimeType.indexOf('/') + 1)
}

function byMidAndSsrc(a: StreamStats, b: StreamStats): number {
  const byMid = (a.mid ?? '').localeCompare(b.mid ?? '', 'en', { numeric: true })
  return byMid || (a.ssrc ?? 0) - (b.ssrc ?? 0)
}
