import type { StatsSummary } from '../events.js'
import type { RawStats } from '../session/ports.js'
import { summariseSelectedPair } from './candidate-pair.js'
import { summariseDataChannels } from './data-channels.js'
import { indexStats } from './stats-index.js'
import { summariseStreams } from './streams.js'
import { summariseTransport } from './transport.js'

export interface SummaryOptions {
  side: StatsSummary['side']
  /** When the connection was made, ms since the epoch as in the reports' timestamps; `elapsedMs` counts from it. */
  startedMs: number
}

/**
 * The figures people look at, from two getStats() reports of one connection, the later first. Rates cover the time
 * between them by the reports' own timestamps; without `previous`, and where a counter was reset, they are null.
 */
export function summariseStats(
  current: readonly RawStats[],
  previous: readonly RawStats[] | null,
  { side, startedMs }: SummaryOptions,
): StatsSummary {
  const now = indexStats(current)
  const before = previous === null ? null : indexStats(previous)
  const timestamp = now.timestamp ?? startedMs
  return {
    side,
    elapsedMs: wholeMs(timestamp - startedMs),
    intervalMs: wholeMs(timestamp - (before?.timestamp ?? startedMs)),
    candidatePair: summariseSelectedPair(now),
    transport: summariseTransport(now, before),
    streams: summariseStreams(now, before),
    dataChannels: summariseDataChannels(now, before),
  }
}

/** Two clocks are compared where `startedMs` is ours and the timestamp the stack's: never below zero. */
function wholeMs(durationMs: number): number {
  return Math.max(0, Math.round(durationMs))
}
