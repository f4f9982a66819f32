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
  onSample: (summary: StatsSummary, report: RawStats[]) => void
  side?: StatsSummary['side']
  /** When the connection was made, ms since the epoch; the time of the first report where it is not given. */
  startedMs?: number
  /** Also reports the first sample, whose rates are all null. */
  reportBaseline?: boolean
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
  const { intervalMs, onSample, side = 'local', reportBaseline = false, clock, signal } = options
  checkInterval(intervalMs)
  const closed = new AbortController()
  let startedMs = options.startedMs
  let previous: RawStats[] | null = null

  const takeSample = async () => {
    const report = await readReport(getStats, signal)
    if (report === null) return closed.abort()
    startedMs ??= indexStats(report).timestamp ?? undefined
    if (startedMs !== undefined && (previous !== null || reportBaseline)) {
      onSample(summariseStats(report, previous, { side, startedMs }), report)
    }
    previous = report
  }
  const until = AbortSignal.any([signal, closed.signal])
  await pace({ intervalMs, maxCatchUp: 0, onTick: takeSample, clock, signal: until })
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
