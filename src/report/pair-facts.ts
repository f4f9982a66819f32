import type { RawStats } from '../session/ports.js'
import { readNumber, readString } from '../stats/read-field.js'
import { indexStats } from '../stats/stats-index.js'

/** A candidate pair that ICE knew of, and what became of it. */
export interface PairFact {
  state: string
  isSelected: boolean
  local: PairEnd
  remote: PairEnd
  requestsSent: number | null
  responsesReceived: number | null
  roundTripTimeMs: number | null
}

export interface PairEnd {
  type: string | null
  protocol: string | null
  address: string | null
  port: number | null
  url: string | null
}

/** A host with many interfaces has hundreds. */
const MAX_PAIRS = 50

/** The pairs of a report: the selected one first, then those that work, then the rest. */
export function collectPairs(report: readonly RawStats[]): PairFact[] {
  const index = indexStats(report)
  const selected = new Set(
    index.ofType('transport').map((transport) => readString(transport, 'selectedCandidatePairId')),
  )
  const end = (pair: RawStats, field: string): PairEnd => {
    const candidate = index.byId(readString(pair, field))
    return {
      type: readString(candidate, 'candidateType'),
      protocol: readString(candidate, 'protocol'),
      address: readString(candidate, 'address') ?? readString(candidate, 'ip'),
      port: readNumber(candidate, 'port'),
      url: readString(candidate, 'url'),
    }
  }
  return index
    .ofType('candidate-pair')
    .map((pair): PairFact => {
      const seconds = readNumber(pair, 'currentRoundTripTime')
      return {
        state: readString(pair, 'state') ?? '',
        isSelected: selected.has(pair.id),
        local: end(pair, 'localCandidateId'),
        remote: end(pair, 'remoteCandidateId'),
        requestsSent: readNumber(pair, 'requestsSent'),
        responsesReceived: readNumber(pair, 'responsesReceived'),
        roundTripTimeMs: seconds === null ? null : seconds * 1000,
      }
    })
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, MAX_PAIRS)
}

function rank({ isSelected, state }: PairFact): number {
  if (isSelected) return 0
  return state === 'succeeded' ? 1 : 2
}
