import type { CandidatePairSummary, StatsSummary } from '../events.js'
import type { Session } from '../session/session.js'
import { candidatePairChanged } from '../stats/candidate-pair-watch.js'
import { sampleStats } from '../stats/sample-stats.js'
import type { RunContext } from './run.js'

/** How often the path is looked at when nobody asked for statistics. */
const PATH_INTERVAL_MS = 2_000

export interface WatchStatsOptions {
  /** Milliseconds between `stats` events; undefined reports changes of the candidate pair only. */
  intervalMs: number | undefined
  verbose: boolean
}

/** Reports statistics at the interval and every change of the selected candidate pair, until the session ends. */
export async function watchStats(
  session: Session,
  { intervalMs, verbose }: WatchStatsOptions,
  { signal, report }: Pick<RunContext, 'signal' | 'report'>,
): Promise<void> {
  let pair: CandidatePairSummary | null = null
  await sampleStats(() => session.getStats(), {
    intervalMs: intervalMs ?? PATH_INTERVAL_MS,
    signal: AbortSignal.any([signal, session.signal]),
    onSample: (sampled, raw) => {
      const summary = refineRoundTripTime(sampled, session.roundTripTimeMs)
      const { candidatePair } = summary
      if (candidatePair && candidatePairChanged(pair, candidatePair)) {
        if (pair) report({ event: 'candidate-pair', ...candidatePair })
        pair = candidatePair
      }
      if (intervalMs !== undefined) report({ event: 'stats', summary, ...(verbose ? { report: raw } : {}) })
    },
  })
}

/** libwebrtc counts round trips in whole milliseconds: below one it says 0, and the session's own pings say more. */
function refineRoundTripTime(summary: StatsSummary, roundTripTimeMs: number | null): StatsSummary {
  const pair = summary.candidatePair
  if (!pair || pair.currentRoundTripTime !== 0 || roundTripTimeMs === null) return summary
  return { ...summary, candidatePair: { ...pair, currentRoundTripTime: roundTripTimeMs / 1000 } }
}
