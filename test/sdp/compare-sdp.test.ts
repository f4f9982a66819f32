import { describe, expect, it } from 'vitest'
import { compareSdp } from '../../src/sdp/compare-sdp.js'
import { BROWSER_OFFER, mutate } from './browser-offer.js'

const VIDEO = 'm=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103'

/** `mid subject change before -> after`. */
function differences(after: string): string[] {
  return compareSdp(BROWSER_OFFER, after).map(
    ({ mid, subject, change, before, after: now }) =>
      `${mid ?? '*'} ${subject} ${change}: ${before} -> ${now}`,
  )
}

describe('compareSdp', () => {
  it.each([
    ['the same text', 'v=0', 'v=0'],
    ['another version of the session', '6120384720147843527 2', '99 3'],
    ['another order of attributes', 'a=rtcp-mux\na=rtcp-rsize', 'a=rtcp-rsize\na=rtcp-mux'],
    ['another order of parameters', 'minptime=10;useinbandfec=1', 'useinbandfec=1;minptime=10'],
    ['other synchronisation sources', 'a=ssrc:1001', 'a=ssrc:1002'],
  ])('sees no difference in %s', (_what, from, to) => {
    expect(
      compareSdp(
        BROWSER_OFFER,
        BROWSER_OFFER.replace(from, () => to),
      ),
    ).toEqual([])
  })

  it.each([
    ['a direction', 'a=sendonly', 'a=inactive', ['1 direction changed: sendonly -> inactive']],
    ['a bandwidth', 'b=AS:2500\n', '', ['1 bandwidth changed: AS:2500, TIAS:2000000 -> TIAS:2000000']],
    [
      'an ICE restart',
      'a=ice-ufrag:wX3k',
      'a=ice-ufrag:new1',
      ['0 ICE restart (ice-ufrag) changed: wX3k -> new1'],
    ],
    [
      'a parameter',
      'useinbandfec=1',
      'useinbandfec=0',
      ['0 codec opus/48000/2 parameters changed: minptime=10;useinbandfec=1 -> minptime=10;useinbandfec=0'],
    ],
    [
      'feedback',
      'a=rtcp-fb:96 goog-remb\n',
      '',
      ['1 codec VP8/90000 feedback changed: goog-remb, nack pli -> nack pli'],
    ],
    [
      'a removed codec',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111 0',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111',
      ['0 codec PCMU/8000 removed: 0 -> null'],
    ],
    [
      'an added codec',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111 0',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111 0 8',
      ['0 codec PCMA/8000 added: null -> 8'],
    ],
    [
      'another preference',
      VIDEO,
      'm=video 9 UDP/TLS/RTP/SAVPF 102 103 96 97',
      [
        '1 codecs reordered: VP8/90000 rtx/90000 of VP8/90000 H264/90000 rtx/90000 of H264/90000 -> ' +
          'H264/90000 rtx/90000 of H264/90000 VP8/90000 rtx/90000 of VP8/90000',
      ],
    ],
    [
      'a removed candidate',
      'a=candidate:1467250027 1 udp 2122260223 192.0.2.10 46243 typ host generation 0 network-id 1\n',
      '',
      ['0 candidate removed: host udp 192.0.2.10 46243 -> null'],
    ],
    [
      'a header extension',
      'a=extmap:2 http',
      'a=extmap:5 http',
      [
        '1 header extension removed: 2 abs-send-time -> null',
        '1 header extension added: null -> 5 abs-send-time',
      ],
    ],
    ['a message size', 'size:262144', 'size:65536', ['2 max-message-size changed: 262144 -> 65536']],
    ['a rejected section', VIDEO, VIDEO.replace(' 9 ', ' 0 '), ['1 rejected added: null -> yes']],
    ['a bundle', 'BUNDLE 0 1 2', 'BUNDLE 0 1', ['* group changed: BUNDLE 0 1 2 -> BUNDLE 0 1']],
  ])('sees %s', (_what, from, to, expected) => {
    expect(differences(mutate(BROWSER_OFFER, from, to))).toEqual(expected)
  })

  it('follows a codec to another payload type', () => {
    const moved = BROWSER_OFFER.replace(VIDEO, VIDEO.replace('96', '120')).replaceAll(/:96 /g, ':120 ')
    expect(differences(moved.replace('apt=96', 'apt=120'))).toEqual([
      '1 codec VP8/90000 payload type changed: 96 -> 120',
    ])
  })

  it('sees sections that come, go and move', () => {
    const [session = '', audio = '', video = '', data = ''] = BROWSER_OFFER.split(/(?=^m=)/m)
    expect(differences(session + audio + video)).toEqual([
      '2 m-section removed: application UDP/DTLS/SCTP -> null',
    ])
    expect(differences(session + video + audio + data)).toEqual(['* m-sections reordered: 0 1 2 -> 1 0 2'])
    expect(differences(BROWSER_OFFER + data.replace('a=mid:2', 'a=mid:3'))).toEqual([
      '3 m-section added: null -> application UDP/DTLS/SCTP',
    ])
  })

  it('sees another certificate', () => {
    const [difference] = compareSdp(BROWSER_OFFER, BROWSER_OFFER.replace('sha-256 A0:', 'sha-256 00:'))
    expect(difference).toMatchObject({ mid: '0', subject: 'fingerprint', change: 'changed' })
  })
})
