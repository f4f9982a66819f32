import type { StreamStats } from '../events.js'
import type { RawStats } from '../session/ports.js'
import { readString } from './read-field.js'
import type { StatsIndex } from './stats-index.js'

/** A dictionary and the one of the same id in the sample before; both may be missing. */
export interface Pair {
  now: RawStats | undefined
  before: RawStats | undefined
}

/** One RTP stream with everything that is known about it elsewhere in the report. */
export interface StreamContext {
  kind: StreamStats['kind']
  stats: RawStats
  before: RawStats | undefined
  codec: RawStats | undefined
  /** What the peer reports about the stream by RTCP. */
  remote: Pair
  /** The obsolete `track` of libwebrtc until M111, which had some figures that are now the stream's. */
  track: Pair
  /** The source of an outbound stream. */
  source: Pair
}

/** Joins a stream's dictionary with those that it names; null where it is neither audio nor video. */
export function joinStream(
  stats: RawStats,
  current: StatsIndex,
  previous: StatsIndex | null,
): StreamContext | null {
  const kind = readKind(stats)
  if (kind === null) return null
  const before = previous?.byId(stats.id)
  const named = (field: string): Pair => {
    const id = readString(stats, field)
    return { now: current.byId(id), before: previous?.byId(id) }
  }
  return {
    kind,
    stats,
    before,
    codec: current.byId(readString(stats, 'codecId')),
    remote: named('remoteId'),
    track: named('trackId'),
    source: named('mediaSourceId'),
  }
}

function readKind(stats: RawStats): StreamStats['kind'] | null {
  const kind = readString(stats, 'kind') ?? readString(stats, 'mediaType')
  return kind === 'audio' || kind === 'video' ? kind : null
}
