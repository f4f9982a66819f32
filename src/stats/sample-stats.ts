import { abortable } from '../async/abortable.js'
import { PeerError } from '../errors.js'
import type { StatsSummary } from '../events.js'
import { pace, type PaceClock } from '../async/pace.js'
import type { RawStats } from '../session/ports.js'
import { indexStats } from './stats-index.js'
import { summariseStats } from './summary.js'

/** Milliseconds; libwebrtc caches a report for about 50 ms, so more often would measure the cache. */
export const MIN_STATS_INTERVAL_MS = 100

export interface SampleStatsOptions {
  intervalMs: number
  /** `regular` is false for the baseline and the last sample. */
  onSample: (summary: StatsSummary, report: RawStats[], details: { regular: boolean }) => void
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
  const { intervalMs, reportBaseline = false, lastTimeoutMs, clock, signal } = options
  checkInterval(intervalMs)
  const closed = new AbortController()
  const series = createSeries(options)

  const takeSample = async () => {
    const report = await readReport(getStats, signal)
    if (report === null) return signal.aborted ? undefined : closed.abort()
    const isBaseline = series.previous === null
    series.add(report, { regular: !isBaseline, reported: !isBaseline || reportBaseline })
  }
  const until = AbortSignal.any([signal, closed.signal])
  await pace({ intervalMs, maxCatchUp: 0, onTick: takeSample, clock, signal: until })
  if (lastTimeoutMs === undefined || closed.signal.aborted) return
  const last = await readReport(getStats, AbortSignal.timeout(lastTimeoutMs))
  if (last !== null) series.add(last, { regular: false, reported: true })
}

interface Series {
  readonly previous: RawStats[] | null
  add(report: RawStats[], details: { regular: boolean; reported: boolean }): void
}

function createSeries({
  intervalMs,
  onSample,
  side = 'local',
  startedMs: given,
}: SampleStatsOptions): Series {
  let startedMs = given
  let previous: RawStats[] | null = null
  let beforePrevious: RawStats[] | null = null
  return {
    get previous() {
      return previous
    },
    add(report, { regular, reported }) {
      startedMs ??= indexStats(report).timestamp ?? undefined
      // A rate over the rest of an interval would be noise: the last sample's are then since the one before.
      const isRest = !regular && elapsedMs(previous, report) < intervalMs / 2
      const base = isRest ? (beforePrevious ?? previous) : previous
      if (startedMs !== undefined && reported) {
        onSample(summariseStats(report, base, { side, startedMs }), report, { regular })
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

function checkInterval(intervalMs: number): void {
  if (intervalMs >= MIN_STATS_INTERVAL_MS) return
  throw new PeerError(
    'USAGE',
    `--stats must be an interval of at least ${MIN_STATS_INTERVAL_MS}ms, got "${intervalMs}ms".`,
  )
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
