import { abortable } from '../async/abortable.js'
import { delay } from '../async/delay.js'
import { PeerError } from '../errors.js'
import type { StatsSummary } from '../events.js'
import { pace, type PaceClock } from '../async/pace.js'
import type { RawStats } from '../session/ports.js'
import { indexStats } from './stats-index.js'
import type { SampleMoment, StatsSample } from './stats-feed.js'
import { summariseStats } from './summary.js'

/** libwebrtc answers with the same report for 50 ms; a little more is sure to be new. */
const STATS_CACHE_MS = 60

export interface SampleStatsOptions {
  intervalMs: number
  /** Most samples are of the `interval`; only those asked for below are the `baseline` and the `last`. */
  onSample: (sample: StatsSample) => void
  side?: StatsSummary['side']
  /** When the connection was made, ms since the epoch; the time of the first report where it is not given. */
  startedMs?: number
  /** Also reports the first sample, whose rates are all null. */
  reportBaseline?: boolean
  /** Also takes a sample when `signal` has aborted, where the connection still gives one within this time. */
  lastTimeoutMs?: number
  clock?: PaceClock
  signal: AbortSignal
}

/**
 * Samples `getStats` at once, as the baseline, and then every `intervalMs` without drift, and hands each sample's
 * summary to `onSample`. Resolves when `signal` aborts or the connection is closed; a sample that takes longer than
 * an interval costs the ones it overlaps.
 */
export async function sampleStats(
  getStats: () => Promise<RawStats[]>,
  options: SampleStatsOptions,
): Promise<void> {
  const { intervalMs, lastTimeoutMs, clock, signal } = options
  const closed = new AbortController()
  const series = createSeries(options)

  const takeSample = async () => {
    const report = await readReport(getStats, signal)
    if (report === null) return signal.aborted ? undefined : closed.abort()
    series.add(report, series.isEmpty ? 'baseline' : 'interval')
  }
  const until = AbortSignal.any([signal, closed.signal])
  await pace({ intervalMs, maxCatchUp: 0, onTick: takeSample, clock, signal: until })
  if (lastTimeoutMs === undefined || closed.signal.aborted) return
  const last = await readLast(getStats, series, AbortSignal.timeout(lastTimeoutMs))
  if (last !== null) series.add(last, 'last')
}

/** The stack answers with the report before until its cache is stale; a run of a moment would have no rates then. */
async function readLast(
  getStats: () => Promise<RawStats[]>,
  series: Series,
  signal: AbortSignal,
): Promise<RawStats[] | null> {
  const report = await readReport(getStats, signal)
  if (report === null || series.isEmpty || !series.ends(report)) return report
  await delay(STATS_CACHE_MS, { signal }).catch(() => undefined)
  return readReport(getStats, signal)
}

interface Series {
  readonly isEmpty: boolean
  /** Whether the report is the newest one there is already. */
  ends(report: RawStats[]): boolean
  add(report: RawStats[], taken: SampleMoment): void
}

function createSeries(options: SampleStatsOptions): Series {
  const { intervalMs, onSample, side = 'local', reportBaseline = false } = options
  let { startedMs } = options
  let previous: RawStats[] | null = null
  let beforePrevious: RawStats[] | null = null
  return {
    get isEmpty() {
      return previous === null
    },
    ends: (report) => elapsedMs(previous, report) <= 0,
    add(report, taken) {
      startedMs ??= indexStats(report).timestamp ?? undefined
      // Rates over the rest of an interval would be noise: those of the last sample are then since the one before.
      const isRest = taken === 'last' && elapsedMs(previous, report) < intervalMs / 2
      const base = isRest ? (beforePrevious ?? previous) : previous
      if (startedMs !== undefined && (taken !== 'baseline' || reportBaseline)) {
        onSample({ summary: summariseStats(report, base, { side, startedMs }), report, taken })
      }
      beforePrevious = previous
      previous = report
    },
  }
}

function elapsedMs(earlier: RawStats[] | null, later: RawStats[]): number {
  const from = earlier === null ? null : indexStats(earlier).timestamp
  const to = indexStats(later).timestamp
  return from === null || to === null ? 0 : to - from
}

/** Null once the connection is closed; the signal also ends a getStats() that never settles (it can, at close). */
async function readReport(
  getStats: () => Promise<RawStats[]>,
  signal: AbortSignal,
): Promise<RawStats[] | null> {
  try {
    return await abortable(getStats(), signal)
  } catch (error) {
    if (signal.aborted || (error instanceof PeerError && error.code === 'PEER_LOST')) return null
    throw error
  }
}
