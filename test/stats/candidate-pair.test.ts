import { describe, expect, it } from 'vitest'
import { candidatePairChanged } from '../../src/stats/candidate-pair-watch.js'
import { selectedCandidatePair } from '../../src/stats/candidate-pair.js'
import { ids, report, withFields, withoutType } from './later-report.js'

const expected = {
  local: {
    type: 'host',
    protocol: 'udp',
    address: 'fd00::2',
    port: 43_682,
    relayProtocol: null,
    url: null,
  },
  remote: {
    type: 'host',
    protocol: 'udp',
    address: 'fd00::2',
    port: 38_049,
    relayProtocol: null,
    url: null,
  },
  protocol: 'udp',
  relayed: false,
  currentRoundTripTime: 0,
  availableOutgoingBitrate: 4_461_538,
  availableIncomingBitrate: null,
}

const relayedReport = withFields({
  [ids.localCandidate]: {
    candidateType: 'relay',
    relayProtocol: 'tls',
    url: 'turns:turn.example.net:5349?transport=tcp',
  },
})

describe('selectedCandidatePair', () => {
  it('follows the transport to the pair and its candidates', () => {
    expect(selectedCandidatePair(report)).toEqual(expected)
  })

  it('falls back to the nominated pair that succeeded', () => {
    expect(selectedCandidatePair(withoutType('transport'))).toEqual(expected)
  })

  it('takes the nominated pair of highest priority where several were nominated', () => {
    const loopback = 'RTCIceCandidatePair_D6m4xmEe_GaTF9kAO'
    const nominated = withoutType('transport', withFields({ [loopback]: { nominated: true } }))
    expect(selectedCandidatePair(nominated)).toEqual(expected)
    const raised = withFields({ [ids.pair]: { priority: 1 } }, nominated)
    expect(selectedCandidatePair(raised)?.local.address).toBe('127.0.0.1')
  })

  it.each([
    ['an empty report', []],
    ['no candidate pair', withoutType('candidate-pair')],
    ['no remote candidate', withoutType('remote-candidate')],
    ['a candidate of no known type', withFields({ [ids.localCandidate]: { candidateType: 'other' } })],
  ])('is null with %s', (_, without) => {
    expect(selectedCandidatePair(without)).toBeNull()
  })

  it('says how a relayed pair is relayed', () => {
    const pair = selectedCandidatePair(relayedReport)
    expect(pair?.relayed).toBe(true)
    expect(pair?.local).toMatchObject({
      type: 'relay',
      relayProtocol: 'tls',
      url: 'turns:turn.example.net:5349?transport=tcp',
    })
  })

  it('is relayed where only the remote side is', () => {
    const remoteRelay = withFields({ [ids.remoteCandidate]: { candidateType: 'relay' } })
    expect(selectedCandidatePair(remoteRelay)?.relayed).toBe(true)
  })

  it('has null for what is not known, never 0', () => {
    const pair = selectedCandidatePair(
      withFields({
        [ids.pair]: { currentRoundTripTime: undefined, availableOutgoingBitrate: undefined },
        [ids.remoteCandidate]: { candidateType: 'prflx', address: '', ip: '', port: undefined },
      }),
    )
    expect(pair).toMatchObject({ currentRoundTripTime: null, availableOutgoingBitrate: null })
    expect(pair?.remote).toMatchObject({ type: 'prflx', address: null, port: null })
  })
})

describe('candidatePairChanged', () => {
  const pair = selectedCandidatePair(report)
  const relayed = selectedCandidatePair(relayedReport)
  const otherPort = selectedCandidatePair(withFields({ [ids.remoteCandidate]: { port: 9 } }))
  const slower = selectedCandidatePair(withFields({ [ids.pair]: { currentRoundTripTime: 0.2 } }))

  it.each([
    ['nothing and a pair', null, pair, true],
    ['a host and a relay candidate', pair, relayed, true],
    ['two ports', pair, otherPort, true],
    ['one path', pair, pair, false],
    ['two round-trip times of one path', pair, slower, false],
    ['a pair and nothing', pair, null, false],
    ['nothing', null, null, false],
  ])('compares %s', (_, previous, current, changed) => {
    expect(candidatePairChanged(previous, current)).toBe(changed)
  })
})
