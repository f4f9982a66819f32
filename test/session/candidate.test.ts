import { describe, expect, it } from 'vitest'
import { CANDIDATE_TYPES } from '../../src/sdp/ice-candidate.js'
import {
  allowsCandidate,
  DEFAULT_CANDIDATE_POLICY,
  filterCandidateLines,
  parseCandidate,
  type CandidatePolicy,
} from '../../src/session/candidate.js'

const HOST = 'candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host generation 0 ufrag abcd network-id 1'
const HOST_IPV6 = 'candidate:2 1 udp 2122260222 2001:db8::1 50001 typ host'
const HOST_TCP = 'candidate:3 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active'
const SRFLX = 'candidate:4 1 udp 1686052607 198.51.100.7 50002 typ srflx raddr 192.0.2.1 rport 50000'
const RELAY = 'candidate:5 1 udp 41885439 203.0.113.9 50003 typ relay raddr 198.51.100.7 rport 50002'
const RELAY_TCP = 'candidate:6 1 tcp 41885438 203.0.113.9 50004 typ relay raddr 0.0.0.0 rport 0'
const MDNS = 'candidate:7 1 udp 1 0ee2ef12-3d6c-4d1f-9b3f-5a9b0d2b7a55.local 50005 typ host'

describe('parseCandidate', () => {
  it.each<[string, string, object]>([
    [
      'a host candidate',
      HOST,
      {
        foundation: '1',
        component: 1,
        protocol: 'udp',
        priority: 2_122_260_223,
        type: 'host',
        tcpType: null,
      },
    ],
    ['an IPv6 one', HOST_IPV6, { address: '2001:db8::1', port: 50_001 }],
    ['a TCP one', HOST_TCP, { protocol: 'tcp', port: 9, tcpType: 'active' }],
    ['a reflexive one', SRFLX, { type: 'srflx', relatedAddress: '192.0.2.1', relatedPort: 50_000 }],
    ['a relayed one', RELAY, { type: 'relay', relatedAddress: '198.51.100.7', relatedPort: 50_002 }],
    ['one with a host name', MDNS, { address: '0ee2ef12-3d6c-4d1f-9b3f-5a9b0d2b7a55.local' }],
    ['one with a hidden address', 'candidate:8 1 udp 1  9 typ prflx', { address: '', type: 'prflx' }],
    ['an attribute line', `a=${HOST}\r\n`, { address: '192.0.2.1', relatedAddress: null, relatedPort: null }],
    ['capitals', HOST.toUpperCase(), { protocol: 'udp', type: 'host' }],
  ])('reads %s', (_what, line, expected) => {
    expect(parseCandidate(line)).toMatchObject(expected)
  })

  it.each([
    '',
    'candidate:',
    'nonsense',
    'candidate:1 1 udp 1 192.0.2.1 50000',
    'candidate:1 1 udp 1 192.0.2.1 50000 typ magic',
    'candidate:1 1 udp 1 192.0.2.1 50000 typ hosting',
    'candidate:1 1 udp 1 192.0.2.1 port typ host',
    'candidate:1 1 udp -1 192.0.2.1 1 typ host',
    'x candidate:1 1 udp 1 192.0.2.1 1 typ host',
    `candidate:${'1'.repeat(33)} 1 udp 1 192.0.2.1 1 typ host`,
  ])('is undefined for %j', (line) => {
    expect(parseCandidate(line)).toBeUndefined()
  })
})

describe('allowsCandidate', () => {
  const policies = {
    default: DEFAULT_CANDIDATE_POLICY,
    'with TCP': { ...DEFAULT_CANDIDATE_POLICY, tcp: true },
    'IPv4 only': { ...DEFAULT_CANDIDATE_POLICY, ipv6: false },
    'relay only': { ...DEFAULT_CANDIDATE_POLICY, types: ['relay'] },
    'no types': { ...DEFAULT_CANDIDATE_POLICY, types: [] },
  } satisfies Record<string, CandidatePolicy>

  it.each<[keyof typeof policies, string[]]>([
    ['default', [HOST, HOST_IPV6, SRFLX, RELAY, RELAY_TCP, MDNS]],
    ['with TCP', [HOST, HOST_IPV6, HOST_TCP, SRFLX, RELAY, RELAY_TCP, MDNS]],
    ['IPv4 only', [HOST, SRFLX, RELAY, RELAY_TCP, MDNS]],
    ['relay only', [RELAY, RELAY_TCP]],
    ['no types', []],
  ])('lets through with the policy "%s"', (name, expected) => {
    const all = [HOST, HOST_IPV6, HOST_TCP, SRFLX, RELAY, RELAY_TCP, MDNS]
    const allowed = all.filter((line) => {
      const candidate = parseCandidate(line)
      return candidate !== undefined && allowsCandidate(policies[name], candidate)
    })
    expect(allowed).toEqual(expected)
  })

  it('knows the four types of RFC 8445', () => {
    expect(CANDIDATE_TYPES).toEqual(['host', 'srflx', 'prflx', 'relay'])
  })
})

describe('filterCandidateLines', () => {
  const sdp = (...candidates: string[]) =>
    ['v=0', 'm=application 9 x', ...candidates.map((line) => `a=${line}`), 'a=end-of-candidates', ''].join(
      '\r\n',
    )

  it('takes out what the policy refuses and what is no candidate, and leaves everything else as it is', () => {
    const filtered = filterCandidateLines(sdp(HOST, HOST_TCP, 'candidate:nonsense', SRFLX), {
      types: ['host'],
      tcp: false,
      ipv6: true,
    })
    expect(filtered).toBe(sdp(HOST))
  })

  it('ends lines as RFC 8866 wants them, whatever they came with', () => {
    const filtered = filterCandidateLines(sdp(HOST).replaceAll('\r\n', '\n'), DEFAULT_CANDIDATE_POLICY)
    expect(filtered).toBe(sdp(HOST))
  })
})
