import { PeerError } from '../../errors.js'
import type { CandidatePairSummary, PeerEventOf, StatsSummary } from '../../events.js'
import type { Session } from '../../session/session.js'
import { candidatePairChanged } from '../../stats/candidate-pair-watch.js'
import { summariseCandidatePairs } from '../../stats/candidate-pairs.js'
import type { AssociationTotals } from '../../stats/association-totals.js'
import { createRunSummary } from '../../stats/run-summary.js'
import { sampleStats } from '../../stats/sample-stats.js'
import type { StatsFeed, StatsSample } from '../../stats/stats-feed.js'
import type { RunContext } from '../run.js'
import type { StatsDetailArgs } from '../options/stats-options.js'

/** How often the path is looked at when nobody asked for statistics. */
const PATH_INTERVAL_MS = 2_000

/** How often figures are sampled that somebody waits for without having named an interval. */
const SAMPLE_INTERVAL_MS = 1_000

/** The last sample is taken of a connection that is being left; one that hangs is not waited for longer. */
const LAST_SAMPLE_TIMEOUT_MS = 500

export interface WatchStatsOptions {
  /** Milliseconds between `stats` events; undefined reports changes of the candidate pair only. */
  intervalMs: number | undefined
  details: Partial<StatsDetailArgs> & { verbose?: boolean | undefined }
  /** The further connections of a transfer, whose bytes count too. */
  associations?: AssociationTotals
}

export type WatchContext = Pick<RunContext, 'signal' | 'report'> & {
  /** Gets every sample, also those that are not reported: the baseline and the last. */
  feed: StatsFeed
}

/**
 * Samples the session once per interval for everybody who wants it, until the session ends: reports `stats` events at
 * the interval and a `stats-summary` at the end, every change of the selected candidate pair, and publishes all samples
 * to the feed.
 */
export async function watchStats(
  session: Session,
  { intervalMs, details, associations }: WatchStatsOptions,
  { signal, report, feed }: WatchContext,
): Promise<void> {
  let pair: CandidatePairSummary | null = null
  const run = createRunSummary()
  if (intervalMs !== undefined) feed.subscribe((sample) => run.add(sample))
  const isWanted = intervalMs !== undefined || feed.isWanted
  const getStats = async () => {
    if (!associations || !isWanted) return session.getStats()
    const [report, others] = await Promise.all([session.getStats(), associations.read()])
    return [...report, others]
  }
  await sampleStats(getStats, {
    intervalMs: intervalMs ?? (feed.isWanted ? SAMPLE_INTERVAL_MS : PATH_INTERVAL_MS),
    signal: AbortSignal.any([signal, session.signal]),
    ...(feed.isWanted ? { reportBaseline: true, lastTimeoutMs: LAST_SAMPLE_TIMEOUT_MS } : {}),
    onSample: (raw) => {
      const sample = refine(raw, session.roundTripTimeMs)
      feed.publish(sample)
      if (sample.taken !== 'interval') return
      const { candidatePair } = sample.summary
      if (candidatePair && candidatePairChanged(pair, candidatePair)) {
        if (pair) report({ event: 'candidate-pair', ...candidatePair })
        pair = candidatePair
      }
      if (intervalMs !== undefined) report(statsEvent(sample, details))
    },
  })
  const summary = run.summarise()
  if (summary) report({ event: 'stats-summary', ...summary })
}

/**
 * The figures of this moment, as a `stats` event: rates are over the second before, so it takes that long. Rejects where
 * the session is over first.
 */
export async function sampleNow(
  session: Session,
  details: WatchStatsOptions['details'],
  { startedMs, signal }: { startedMs: number; signal: AbortSignal },
): Promise<PeerEventOf<'stats'>> {
  const taken = new AbortController()
  let event: PeerEventOf<'stats'> | undefined
  await sampleStats(() => session.getStats(), {
    intervalMs: SAMPLE_INTERVAL_MS,
    startedMs,
    signal: AbortSignal.any([signal, session.signal, taken.signal]),
    onSample: (raw) => {
      event = { ...statsEvent(refine(raw, session.roundTripTimeMs), details), requested: true }
      taken.abort()
    },
  })
  if (event) return event
  signal.throwIfAborted()
  throw new PeerError('PEER_LOST', 'The session ended before there were figures.')
}

/**
 * Leaves a session whose statistics are watched: the last sample is taken while the connection is open, so that comes
 * first where this side has to end or the peer said bye, because after our answer it closes. Never rejects.
 */
export async function leaveMeasured(
  session: Session,
  watching: Promise<unknown>,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  const settled = watching.catch(() => undefined) // who started watching has handled its failure
  if (session.signal.aborted || signal.aborted) await settled
  await session.leave('done')
  await settled
}

/** A sample with what its reader asked for beside the figures. */
function statsEvent(
  { summary, report }: StatsSample,
  { pairs = false, raw = false, verbose = false, type }: WatchStatsOptions['details'],
): PeerEventOf<'stats'> {
  const isWanted = raw || verbose || type !== undefined
  return {
    event: 'stats',
    summary,
    ...(pairs ? { candidatePairs: summariseCandidatePairs(report) } : {}),
    ...(isWanted ? { report: report.filter((stats) => isOneOf(stats.type, type)) } : {}),
  }
}

function isOneOf(type: string, wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || wanted.includes(type)
}

/** The round trip by the session's own pings, where it says more than the stack. */
function refine(sample: StatsSample, pingMs: number | null): StatsSample {
  const { summary, taken } = sample
  // The first ping meets two processes that are still busy connecting: it says nothing about the path.
  const refined = taken === 'baseline' ? withoutZeroRoundTrip(summary) : refineRoundTripTime(summary, pingMs)
  return { ...sample, summary: refined }
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
