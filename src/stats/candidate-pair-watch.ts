import type { CandidatePairSummary, CandidateSummary } from '../events.js'

/**
 * Whether `current` is another path than `previous` was, which is what a `candidate-pair` event reports: a type, an
 * address, a port or a protocol differs on either side. Round-trip time and bitrate do not make another path; no pair
 * (null) is not a path one can change to, so keep the last one that was.
 */
export function candidatePairChanged(
  previous: CandidatePairSummary | null,
  current: CandidatePairSummary | null,
): boolean {
  if (current === null) return false
  if (previous === null) return true
  return candidateChanged(previous.local, current.local) || candidateChanged(previous.remote, current.remote)
}

function candidateChanged(previous: CandidateSummary, current: CandidateSummary): boolean {
  return (
    previous.type !== current.type ||
    previous.protocol !== current.protocol ||
    previous.address !== current.address ||
    previous.port !== current.port ||
    previous.relayProtocol !== current.relayProtocol ||
    previous.url !== current.url
  )
}
