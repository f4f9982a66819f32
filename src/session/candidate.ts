import { CANDIDATE_TYPES, type CandidateType } from '../sdp/ice-candidate.js'

/** A candidate line taken apart (RFC 8839 §5.1). `address` is empty where the peer hid it. */
export interface Candidate {
  foundation: string
  component: number
  protocol: string
  priority: number
  address: string
  port: number
  type: CandidateType
  relatedAddress: string | null
  relatedPort: number | null
  tcpType: string | null
}

const CANDIDATE_LINE =
  /^(?:a=)?candidate:(\S{1,32}) (\d{1,5}) (\S+) (\d{1,10}) (\S*) (\d{1,5}) typ (host|srflx|prflx|relay)\b(.*)$/i

/** Reads a candidate attribute with or without `a=`; undefined where it is not one. */
export function parseCandidate(line: string): Candidate | undefined {
  const match = CANDIDATE_LINE.exec(line.trim())
  if (!match) return undefined
  const [, foundation = '', component, protocol = '', priority, address = '', port, type = '', rest = ''] =
    match
  const relatedPort = /\brport (\d+)/.exec(rest)?.[1]
  return {
    foundation,
    component: Number(component),
    protocol: protocol.toLowerCase(),
    priority: Number(priority),
    address,
    port: Number(port),
    type: CANDIDATE_TYPES.find((known) => known === type.toLowerCase()) ?? 'host',
    relatedAddress: /\braddr (\S+)/.exec(rest)?.[1] ?? null,
    relatedPort: relatedPort === undefined ? null : Number(relatedPort),
    tcpType: /\btcptype (\S+)/.exec(rest)?.[1] ?? null,
  }
}

/** Which candidates a session sends and takes. */
export interface CandidatePolicy {
  types: readonly CandidateType[]
  /** ICE-TCP host candidates multiply sockets and checks on hosts with many addresses, so they are off by default. */
  tcp: boolean
  ipv6: boolean
  /** False leaves ICE-TCP alone (RFC 6544). */
  udp?: boolean
}

export const DEFAULT_CANDIDATE_POLICY: CandidatePolicy = { types: CANDIDATE_TYPES, tcp: false, ipv6: true }

/** Whether the policy lets a candidate through, on the way out and on the way in. */
export function allowsCandidate(policy: CandidatePolicy, candidate: Candidate): boolean {
  if (candidate.protocol === 'tcp' && candidate.type !== 'relay' && !policy.tcp) return false
  if (candidate.protocol === 'udp' && policy.udp === false) return false
  if (candidate.address.includes(':') && !policy.ipv6) return false
  return policy.types.includes(candidate.type)
}

/** The description without the candidate lines the policy refuses. */
export function filterCandidateLines(sdp: string, policy: CandidatePolicy): string {
  return sdp
    .split(/\r?\n/)
    .filter((line) => {
      if (!line.startsWith('a=candidate:')) return true
      const candidate = parseCandidate(line)
      return candidate !== undefined && allowsCandidate(policy, candidate)
    })
    .join('\r\n')
}
