import type { RawStats } from '../session/ports.js'
import { ASSOCIATIONS } from './association-totals.js'

/** One report of getStats(), with its dictionaries at hand by id and by type. */
export interface StatsIndex {
  byId(id: string | null): RawStats | undefined
  ofType(type: string): readonly RawStats[]
  /** When the report was taken (ms since the epoch); null for an empty one. */
  readonly timestamp: number | null
}

/** Makes a report searchable; the order of its dictionaries is kept within a type. */
export function indexStats(report: readonly RawStats[]): StatsIndex {
  const byId = new Map(report.map((stats) => [stats.id, stats]))
  return {
    byId: (id) => (id === null ? undefined : byId.get(id)),
    ofType: (type) => report.filter((stats) => stats.type === type),
    timestamp: reportTimestamp(report),
  }
}

/** What the peer reported carries the time of its RTCP packet (W3C webrtc-stats), and ours that of our own clock. */
const TIMED_ELSEWHERE = new Set(['remote-inbound-rtp', 'remote-outbound-rtp', ASSOCIATIONS])

function reportTimestamp(report: readonly RawStats[]): number | null {
  const timestamps = report.filter(({ type }) => !TIMED_ELSEWHERE.has(type)).map(({ timestamp }) => timestamp)
  return timestamps.length === 0 ? null : Math.max(...timestamps)
}
