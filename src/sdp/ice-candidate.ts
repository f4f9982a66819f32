/** The types of ICE candidates (RFC 8839 §5.1). */
export const CANDIDATE_TYPES = ['host', 'srflx', 'prflx', 'relay'] as const
export type CandidateType = (typeof CANDIDATE_TYPES)[number]
