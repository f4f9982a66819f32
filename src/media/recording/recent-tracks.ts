import type { MediaKind } from '../../sdp/media-kind.js'
import type { RecordedTracks } from './ports.js'
import { recordedSize, type Arrival } from './start-gate.js'

/** A track that carried something this recently, in milliseconds, is in the next segment. */
const RECENT_MS = 1_000

/** Remembers what came last, for the segment after this one: what a track carries may have begun, or changed its size. */
export interface RecentTracks {
  add(arrival: Arrival): void
  /** What the segment that begins at `nowMs` holds: what the one before did, and what carries something now. */
  next(before: RecordedTracks, nowMs: number): RecordedTracks
}

export function createRecentTracks(): RecentTracks {
  const lastMs = { video: Number.NEGATIVE_INFINITY, audio: Number.NEGATIVE_INFINITY }
  let lastSize = { width: 2, height: 2 }
  return {
    add(arrival) {
      lastMs[arrival.kind] = arrival.atMs
      if (arrival.kind === 'video') lastSize = arrival.frame
    },
    next({ video, audio }, nowMs) {
      const isRecent = (kind: MediaKind) => nowMs - lastMs[kind] < RECENT_MS
      return {
        ...(video || isRecent('video')
          ? { video: { ...recordedSize([lastSize]), frameRate: video?.frameRate ?? 30 } }
          : {}),
        ...(audio || isRecent('audio') ? { audio: audio ?? { sampleRate: 48_000, channelCount: 1 } } : {}),
      }
    },
  }
}
