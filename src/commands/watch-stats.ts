import type { CandidatePairSummary, StatsSummary } from '../events.js'
import type { Session } from '../session/session.js'
import { candidatePairChanged } from '../stats/candidate-pair-watch.js'
import { sampleStats } from '../stats/sample-stats.js'
import type { StatsFeed } from '../stats/stats-feed.js'
import type { RunContext } from './run.js'

/** How often the path is looked at when nobody asked for statistics. */
const PATH_INTERVAL_MS = 2_000

/** How often figures are sampled that somebody waits for without having named an interval. */
const SAMPLE_INTERVAL_MS = 1_000

/** The last sample is taken of a connection that is being left; one that hangs is not waited for longer. */
const LAST_SAMPLE_TIMEOUT_MS = 500

export interface WatchStatsOptions {
  /** Milliseconds between `stats` events; undefined reports changes of the candidate pair only. */
  intervalMs: number | undefined
  verbose: boolean
}

export type WatchContext = Pick<RunContext, 'signal' | 'report'> & {
  /** Gets every sample, also those that are not reported: the baseline and the last. */
  feed: StatsFeed
}

/**
 * Samples the session once per interval for everybody who wants it: reports `stats` events at the interval and every
 * change of the selected candidate pair, and publishes all samples to the feed, until the session ends.
 */
export async function watchStats(
  session: Session,
  { intervalMs, verbose }: WatchStatsOptions,
  { signal, report, feed }: WatchContext,
): Promise<void> {
  let pair: CandidatePairSummary | null = null
  const ending = AbortSignal.any([signal, session.signal])
  await sampleStats(() => session.getStats(), {
    intervalMs: intervalMs ?? (feed.isWanted ? SAMPLE_INTERVAL_MS : PATH_INTERVAL_MS),
    signal: ending,
    ...(feed.isWanted ? { reportBaseline: true, lastTimeoutMs: LAST_SAMPLE_TIMEOUT_MS } : {}),
    onSample: ({ summary: sampled, report: raw, taken }) => {
      // The first ping meets two processes that are still busy connecting: it says nothing about the path.
      const pingMs = taken === 'baseline' ? null : session.roundTripTimeMs
      const summary = refineRoundTripTime(sampled, pingMs)
      feed.publish({
        summary: taken === 'baseline' ? withoutZeroRoundTrip(summary) : summary,
        report: raw,
        taken,
      })
      if (taken !== 'interval') return
      const { candidatePair } = summary
      if (candidatePair && candidatePairChanged(pair, candidatePair)) {
        if (pair) report({ event: 'candidate-pair', ...candidatePair })
        pair = candidatePair
      }
      if (intervalMs !== undefined)
        report({ event: 'stats', summary, ...(verbose ? { report: [...raw] } : {}) })
    },
  })
}

/**
 * Says bye once the last sample is taken where the peer has said it already, because after our answer it closes; and
 * resolves when nothing is watched any more. The connection is still open then.
 */
export async function leaveMeasured(session: Session, watching: Promise<unknown>): Promise<void> {
  const settled = watching.catch(() => undefined) // who started watching has handled its failure
  if (session.signal.aborted) await settled
  await session.leave('done')
  await settled
}

/** What libwebrtc rounded to 0 and nobody has measured better is not known. */
function withoutZeroRoundTrip(summary: StatsSummary): StatsSummary {
  const pair = summary.candidatePair
  if (!pair || pair.currentRoundTripTime !== 0) return summary
  return { ...summary, candidatePair: { ...pair, currentRoundTripTime: null } }
}

/** libwebrtc counts round trips in whole milliseconds: below one it says 0, and the session's own pings say more. */
function refineRoundTripTime(summary: StatsSummary, roundTripTimeMs: number | null): StatsSummary {
  const pair = summary.candidatePair
  if (!pair || pair.currentRoundTripTime !== 0 || roundTripTimeMs === null) return summary
  return { ...summary, candidatePair: { ...pair, currentRoundTripTime: roundTripTimeMs / 1000 } }
}
