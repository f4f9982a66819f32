import { describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { explainSdp } from '../../src/sdp/explain-sdp.js'
import { sdpExplanationSchema, type SdpMedia } from '../../src/sdp/explanation.js'
import { headerExtensionName } from '../../src/sdp/header-extensions.js'
import { BROWSER_OFFER, mutate } from './browser-offer.js'

function sectionOf(sdp: string, index: number): SdpMedia {
  const section = explainSdp(sdp).media[index]
  if (section === undefined) throw new Error(`no m-section ${index}`)
  return section
}

describe('explainSdp', () => {
  it('reads the session', () => {
    expect(explainSdp(BROWSER_OFFER)).toMatchObject({
      origin: { username: '-', sessionId: '6120384720147843527', sessionVersion: '2', address: '127.0.0.1' },
      groups: [{ semantics: 'BUNDLE', mids: ['0', '1', '2'] }],
      msidSemantic: 'WMS stream-a',
      iceLite: false,
      trickle: true,
      extmapAllowMixed: true,
      fingerprints: [],
    })
  })

  it('keeps to its published schema', () => {
    expect(v.parse(sdpExplanationSchema, explainSdp(BROWSER_OFFER))).toEqual(explainSdp(BROWSER_OFFER))
  })

  it('decodes candidates, with where they come from', () => {
    const { candidates } = sectionOf(BROWSER_OFFER, 0).ice
    expect(candidates.map(({ type, protocol, tcpType }) => [type, protocol, tcpType])).toEqual([
      ['host', 'udp', null],
      ['srflx', 'udp', null],
      ['host', 'tcp', 'active'],
    ])
    expect(candidates[1]).toMatchObject({
      address: '198.51.100.7',
      port: 36_768,
      relatedAddress: '192.0.2.10',
      relatedPort: 36_768,
    })
  })

  it('never has the ICE password', () => {
    expect(sectionOf(BROWSER_OFFER, 0).ice).toMatchObject({ ufrag: 'wX3k', passwordLength: 24 })
    expect(JSON.stringify(explainSdp(BROWSER_OFFER))).not.toContain('Q0iJ2kLmN4oPqRsTuVwXyZ01')
  })

  it('decodes codecs with parameters, feedback and retransmission', () => {
    expect(sectionOf(BROWSER_OFFER, 0).codecs).toEqual([
      {
        payloadType: 111,
        name: 'opus',
        clockRate: 48_000,
        channels: 2,
        parameters: { minptime: '10', useinbandfec: '1' },
        feedback: ['transport-cc'],
        repairs: null,
        repairedBy: null,
      },
      {
        payloadType: 0,
        name: 'PCMU',
        clockRate: 8_000,
        channels: 1,
        parameters: {},
        feedback: [],
        repairs: null,
        repairedBy: null,
      },
    ])
    const video = sectionOf(BROWSER_OFFER, 1).codecs
    expect(video.map(({ name, repairs, repairedBy }) => [name, repairs, repairedBy])).toEqual([
      ['VP8', null, 97],
      ['rtx', 96, null],
      ['H264', null, 103],
      ['rtx', 102, null],
    ])
  })

  it('knows a static payload type without a=rtpmap', () => {
    const sdp = mutate(BROWSER_OFFER, 'a=rtpmap:0 PCMU/8000\n', '')
    expect(sectionOf(sdp, 0).codecs[1]).toMatchObject({ name: 'PCMU', clockRate: 8_000 })
  })

  it('says what bandwidth lines mean in kbit/s', () => {
    expect(sectionOf(BROWSER_OFFER, 1).bandwidth).toEqual([
      { type: 'AS', value: 2500, kbps: 2500 },
      { type: 'TIAS', value: 2_000_000, kbps: 2000 },
    ])
  })

  it('reads streams, simulcast and rids', () => {
    expect(sectionOf(BROWSER_OFFER, 1)).toMatchObject({
      direction: 'sendonly',
      bundled: true,
      rtcpMux: true,
      rtcpReducedSize: true,
      msids: [{ stream: 'stream-a', track: 'track-video' }],
      ssrcs: [
        { ssrc: 2001, cname: 'cname-a' },
        { ssrc: 2002, cname: 'cname-a' },
      ],
      ssrcGroups: [{ semantics: 'FID', ssrcs: [2001, 2002] }],
      rids: [
        { id: 'hi', direction: 'send', parameters: {} },
        { id: 'lo', direction: 'send', parameters: { 'max-width': '320' } },
      ],
      simulcast: { send: [[{ rid: 'hi', paused: false }], [{ rid: 'lo', paused: true }]], receive: [] },
    })
  })

  it('reads data channels', () => {
    expect(sectionOf(BROWSER_OFFER, 2)).toMatchObject({ sctpPort: 5000, maxMessageSize: 262_144, codecs: [] })
  })

  it.each([
    ['rejects', 'm=video 9', 'm=video 0', { rejected: true, port: 0 }],
    [
      'leaves to the bundle',
      'm=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103',
      'm=video 0 UDP/TLS/RTP/SAVPF 96\na=bundle-only',
      { rejected: false, bundleOnly: true },
    ],
  ])('%s an m-section with port 0', (_what, from, to, expected) => {
    expect(sectionOf(mutate(BROWSER_OFFER, from, to), 1)).toMatchObject(expected)
  })

  it('takes setup, fingerprint and direction of the session where a section has none', () => {
    const sdp = 'v=0\r\na=setup:passive\r\na=fingerprint:SHA-256 AA\r\na=recvonly\r\nm=audio 9 RTP/AVP 0\r\n'
    expect(sectionOf(sdp, 0)).toMatchObject({
      direction: 'recvonly',
      dtls: { setup: 'passive', fingerprints: [{ algorithm: 'sha-256', value: 'AA' }] },
    })
  })
})

describe('headerExtensionName', () => {
  it.each([
    ['urn:ietf:params:rtp-hdrext:sdes:mid', 'mid'],
    ['urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id', 'rid'],
    ['http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time', 'abs-send-time'],
    ['http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01', 'transport-wide-cc'],
    ['urn:example:own', 'own'],
    ['constructor', 'constructor'],
    ['', ''],
  ])('calls %s %s', (uri, name) => {
    expect(headerExtensionName(uri)).toBe(name)
  })
})
