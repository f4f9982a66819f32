import type { CandidatePairSummary, CandidateSummary } from '../events.js'
import { CANDIDATE_TYPES } from '../sdp/ice-candidate.js'
import type { RawStats } from '../session/ports.js'
import { readBoolean, readNumber, readString } from './read-field.js'
import { indexStats, type StatsIndex } from './stats-index.js'

/**
 * The candidate pair that carries the connection, or null before there is one: the one the transport names
 * (W3C webrtc-stats `selectedCandidatePairId`), else the nominated one that succeeded.
 */
export function selectedCandidatePair(report: readonly RawStats[]): CandidatePairSummary | null {
  return summariseSelectedPair(indexStats(report))
}

/** As `selectedCandidatePair`, on a report that is indexed already. */
export function summariseSelectedPair(index: StatsIndex): CandidatePairSummary | null {
  const pair = findSelectedPair(index)
  const local = summariseCandidate(index.byId(readString(pair, 'localCandidateId')))
  const remote = summariseCandidate(index.byId(readString(pair, 'remoteCandidateId')))
  if (local === null || remote === null) return null
  return {
    local,
    remote,
    protocol: local.protocol,
    relayed: local.type === 'relay' || remote.type === 'relay',
    currentRoundTripTime: readNumber(pair, 'currentRoundTripTime'),
    availableOutgoingBitrate: readNumber(pair, 'availableOutgoingBitrate'),
    availableIncomingBitrate: readNumber(pair, 'availableIncomingBitrate'),
  }
}

/** The dictionary of the selected pair; where several transports have one, that of the first. */
export function findSelectedPair(index: StatsIndex): RawStats | undefined {
  for (const transport of index.ofType('transport')) {
    const pair = index.byId(readString(transport, 'selectedCandidatePairId'))
    if (pair !== undefined) return pair
  }
  // Of several nominated pairs the one of highest priority is in use (RFC 8445 §8.1.1).
  return index
    .ofType('candidate-pair')
    .filter((pair) => readBoolean(pair, 'nominated') === true && readString(pair, 'state') === 'succeeded')
    .toSorted((a, b) => (readNumber(b, 'priority') ?? 0) - (readNumber(a, 'priority') ?? 0))[0]
}

/** A candidate's dictionary; null where it has no type that is known. */
export function summariseCandidate(candidate: RawStats | undefined): CandidateSummary | null {
  const typeName = readString(candidate, 'candidateType')
  const type = CANDIDATE_TYPES.find((known) => known === typeName)
  if (type === undefined) return null
  return {
    type,
    protocol: readString(candidate, 'protocol'),
    address: readString(candidate, 'address') ?? readString(candidate, 'ip'),
    port: readNumber(candidate, 'port'),
    relayProtocol: type === 'relay' ? readString(candidate, 'relayProtocol') : null,
    url: readString(candidate, 'url'),
  }
}
