import { describe, expect, it } from 'vitest'
import type { MappingBehaviour, NatBehaviour } from '../../src/check/nat-behaviour.js'
import type { ServerFindings } from '../../src/check/probe-server.js'
import type { Transport } from '../../src/check/ports.js'
import { judge } from '../../src/check/verdict.js'

interface Outcome {
  code?: string
  extra?: boolean
  kind?: 'stun' | 'turn'
}

function server(transport: Transport, { code, extra = false, kind = 'turn' }: Outcome = {}): ServerFindings {
  const works = code === undefined
  const endpoint = { address: '192.0.2.1', port: 3478 }
  return {
    target: {
      url: `${kind}:192.0.2.1:3478?transport=${transport}`,
      kind,
      transport,
      host: '192.0.2.1',
      port: 3478,
      credentials: null,
      extra,
    },
    family: 'IPv4',
    address: '192.0.2.1',
    binding: null,
    allocation:
      works && kind === 'turn' ? { relayed: endpoint, mapped: endpoint, lifetimeS: 600, realm: 'x' } : null,
    relay: null,
    relayFailure: null,
    certificate: null,
    credentialsExpireMs: null,
    failure: works ? null : { code, message: code, hint: `about ${code}` },
  }
}

const nat = (mapping: MappingBehaviour | null, translated = true): NatBehaviour => ({
  family: 'IPv4',
  local: { address: '192.168.0.2', port: 1 },
  mapped: { address: '203.0.113.5', port: 1 },
  translated,
  mapping,
  filtering: null,
  hairpinning: null,
  method: 'rfc5780',
})

const verdictOf = (servers: ServerFindings[], nats: NatBehaviour[] = []) =>
  judge({ servers, nats, connectivity: [] })

describe('the verdict', () => {
  it.each([
    ['without a server', [], [], 'unknown', true],
    ['with a NAT that keeps its port', [server('udp')], [nat('endpoint-independent')], 'direct', true],
    ['without a NAT', [server('udp')], [nat('endpoint-independent', false)], 'direct', true],
    ['behind a symmetric NAT with TURN', [server('udp')], [nat('address-and-port-dependent')], 'relay', true],
    ['behind a symmetric NAT without', [server('udp', { kind: 'stun' })], [nat('dependent')], 'relay', false],
    ['with one server', [server('udp')], [nat(null)], 'unknown', true],
    [
      'where UDP is blocked',
      [server('udp', { code: 'timeout' }), server('tcp', { extra: true })],
      [],
      'relay',
      false,
    ],
    [
      'where nothing answers',
      [server('udp', { code: 'timeout' }), server('tls', { code: 'timeout' })],
      [],
      'blocked',
      false,
    ],
    [
      'where UDP is blocked and the password wrong',
      [server('udp', { code: 'timeout' }), server('tcp', { code: '401' })],
      [],
      'blocked',
      false,
    ],
    ['where nothing was asked over UDP', [server('tls')], [], 'unknown', true],
    ['with a STUN server over TLS alone', [server('tls', { kind: 'stun' })], [], 'unknown', true],
    ['where the one server is down', [server('udp', { code: 'refused' })], [], 'unknown', false],
    [
      'with a wrong password',
      [server('udp', { code: '401' })],
      [nat('endpoint-independent')],
      'direct',
      false,
    ],
  ] as const)('%s', (_when, servers, nats, verdict, ok) => {
    expect(verdictOf([...servers], [...nats])).toMatchObject({ verdict, ok })
  })

  it('names UDP as blocked only where the same host answers otherwise', () => {
    const blocked = verdictOf([server('udp', { code: 'timeout' }), server('tls')])
    expect(blocked.message).toContain('UDP is blocked here')
    const elsewhere = { ...server('tls'), address: '192.0.2.99' }
    expect(verdictOf([server('udp', { code: 'timeout' }), elsewhere]).message).toContain(
      'no server answers over UDP',
    )
  })

  it('says how to give a server that works only over the other transport', () => {
    const { advice } = verdictOf([server('udp', { code: 'timeout' }), server('tcp', { extra: true })])
    expect(advice[0]).toContain('turn:192.0.2.1:3478?transport=tcp')
  })

  it('says that a server over TLS works, and not what the network does to UDP', () => {
    expect(verdictOf([server('tls')]).message).toBe(
      'the TURN server works over tls; whether peers connect directly takes a server asked over UDP to tell',
    )
    expect(verdictOf([server('tls', { kind: 'stun' })]).message).toMatch(/^the server answers over tls;/)
  })

  it('advises to give a TURN server only where none was given', () => {
    const direct = [nat('endpoint-independent')]
    const wrong = verdictOf([server('udp', { code: '401' })], direct)
    expect(wrong.advice).toEqual(['turn:192.0.2.1:3478?transport=udp: about 401'])
    const { advice } = verdictOf([server('udp', { kind: 'stun' })], direct)
    expect(advice).toEqual([expect.stringContaining('Give a TURN server')])
  })

  it('fails when a relay that passes data does not connect peers', () => {
    const relay = { roundTripTimeMs: 1, bitsPerSecond: 1, lossRatio: 0 }
    const connectivity = [{ type: 'relay' as const, ok: false, elapsedMs: null, candidates: [], reason: 'x' }]
    const findings = {
      servers: [{ ...server('udp'), relay }],
      nats: [nat('endpoint-independent')],
      connectivity,
    }
    expect(judge(findings).ok).toBe(false)
  })
})
