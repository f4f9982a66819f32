import type { CandidatePairState } from '../events.js'
import type { RawStats } from '../session/ports.js'
import { findSelectedPair, summariseCandidate } from './candidate-pair.js'
import { readBoolean, readNumber, readString } from './read-field.js'
import { indexStats } from './stats-index.js'

/** How far a pair has come, the best first; what a newer stack adds comes last. */
const STATES = ['succeeded', 'in-progress', 'waiting', 'frozen', 'failed']

/**
 * Every candidate pair that ICE knows, the selected one first, then by state and priority; pairs whose candidates the
 * report does not have are left out.
 */
export function summariseCandidatePairs(report: readonly RawStats[]): CandidatePairState[] {
  const index = indexStats(report)
  const selected = findSelectedPair(index)
  const pairs = index.ofType('candidate-pair').toSorted((a, b) => {
    if (a === selected || b === selected) return a === selected ? -1 : 1
    return stateRank(a) - stateRank(b) || (readNumber(b, 'priority') ?? 0) - (readNumber(a, 'priority') ?? 0)
  })
  return pairs.flatMap((pair) => {
    const local = summariseCandidate(index.byId(readString(pair, 'localCandidateId')))
    const remote = summariseCandidate(index.byId(readString(pair, 'remoteCandidateId')))
    if (local === null || remote === null) return []
    return [
      {
        local,
        remote,
        selected: pair === selected,
        state: readString(pair, 'state'),
        nominated: readBoolean(pair, 'nominated'),
        currentRoundTripTime: readNumber(pair, 'currentRoundTripTime'),
        requestsSent: readNumber(pair, 'requestsSent'),
        responsesReceived: readNumber(pair, 'responsesReceived'),
        bytesSent: readNumber(pair, 'bytesSent'),
        bytesReceived: readNumber(pair, 'bytesReceived'),
      },
    ]
  })
}

function stateRank(pair: RawStats): number {
  const rank = STATES.indexOf(readString(pair, 'state') ?? '')
  return rank === -1 ? STATES.length : rank
}
