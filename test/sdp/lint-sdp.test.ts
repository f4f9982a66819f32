import { describe, expect, it } from 'vitest'
import { createPeerConnection, openAudioOutput, openVideoOutput } from '../../src/adapters/wrtc/index.js'
import { lintSdp } from '../../src/sdp/lint-sdp.js'
import { SDP_RULES, type SdpRule } from '../../src/sdp/sdp-rules.js'
import { BROWSER_OFFER, lineOf, mutate } from './browser-offer.js'

const VIDEO = 'm=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103'
const DATA = 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel'
const BUNDLE = 'a=group:BUNDLE 0 1 2'
const PASSWORD = 'a=ice-pwd:Q0iJ2kLmN4oPqRsTuVwXyZ01'
const HOST = 'a=candidate:1467250027 1 udp 2122260223 192.0.2.10 46243 typ host generation 0 network-id 1'
const FINGERPRINT = /a=fingerprint:sha-256 \S+/.exec(BROWSER_OFFER)?.[0] ?? ''
const OTHER_FINGERPRINT = FINGERPRINT.replace('A0:', '00:')
const TRANSPORT = [
  'a=ice-ufrag:wX3k',
  PASSWORD,
  'a=ice-options:trickle',
  FINGERPRINT,
  'a=setup:actpass',
].join('\n')

interface Row {
  rule: SdpRule
  /** What is replaced, and by what. */
  from: string
  to: string
  /** How the line starts that the finding is about, and the how manyth of those it is. */
  at: string
  nth?: number
  type?: 'offer' | 'answer'
  /** What one replacement cannot say. */
  also?: (sdp: string) => string
  severity?: 'error' | 'warning'
}

const rows: Row[] = [
  { rule: 'line-form', from: 't=0 0', to: 't=0 0\nhello', at: 'hello' },
  { rule: 'line-form', from: 's=-', to: 's= -', at: 's=' },
  { rule: 'line-kind', from: 't=0 0', to: 't=0 0\nx=1', at: 'x=' },
  { rule: 'line-order', from: 's=-\nt=0 0', to: 't=0 0\ns=-', at: 's=' },
  { rule: 'line-order', from: 'a=rtcp-rsize', to: 'a=rtcp-rsize\nu=http://a', at: 'u=' },
  {
    rule: 'line-order',
    from: 'b=TIAS:2000000\na=rtcp:9 IN IP4 0.0.0.0',
    to: 'a=rtcp:9 IN IP4 0.0.0.0\nb=TIAS:2000000',
    at: 'b=TIAS',
  },
  { rule: 'line-repeated', from: 's=-', to: 's=-\ns=again', at: 's=again' },
  { rule: 'version-line', from: 'v=0', to: 'v=1', at: 'v=' },
  { rule: 'version-line', from: 'v=0\n', to: '', at: 'o=' },
  { rule: 'origin-line', from: 'IN IP4 127.0.0.1', to: 'IN IP4 127.0.0.256', at: 'o=' },
  { rule: 'origin-line', from: 'IN IP4 127.0.0.1', to: 'IN IP6 127.0.0.1', at: 'o=' },
  { rule: 'origin-line', from: '6120384720147843527 2', to: 'x 2', at: 'o=' },
  { rule: 'origin-line', from: 'o=- 6120384720147843527 2 IN IP4 127.0.0.1\n', to: '', at: 'v=' },
  { rule: 'session-name', from: 's=-', to: 's=', at: 's=' },
  { rule: 'session-name', from: 's=-\n', to: '', at: 'v=' },
  { rule: 'connection-line', from: 'c=IN IP4 0.0.0.0', to: 'c=IN IP6 fe80:::1', at: 'c=' },
  { rule: 'connection-missing', from: `${VIDEO}\nc=IN IP4 0.0.0.0`, to: VIDEO, at: VIDEO },
  { rule: 'bandwidth-line', from: 'b=AS:2500', to: 'b=AS:lots', at: 'b=AS' },
  { rule: 'timing-line', from: 't=0 0', to: 't=0', at: 't=' },
  { rule: 'timing-line', from: 't=0 0\n', to: '', at: 'v=' },
  { rule: 'attribute-form', from: 'a=rtcp-rsize', to: 'a=rtcp rsize', at: 'a=rtcp rsize' },
  { rule: 'attribute-repeated', from: 'a=mid:2', to: 'a=mid:2\na=mid:3', at: 'a=mid:3' },
  { rule: 'media-line', from: 'm=audio 9 ', to: 'm=audio 70000 ', at: 'm=audio' },
  { rule: 'media-line', from: 'm=audio 9 ', to: 'm=audio x ', at: 'm=audio' },
  { rule: 'media-protocol', from: 'm=audio 9 UDP/TLS/RTP/SAVPF', to: 'm=audio 9 RTP/SAVPF', at: 'm=audio' },
  { rule: 'direction-repeated', from: 'a=sendonly', to: 'a=sendonly\na=inactive', at: 'a=inactive' },
  { rule: 'payload-type', from: VIDEO, to: `${VIDEO} 128`, at: VIDEO },
  { rule: 'payload-type-repeated', from: VIDEO, to: `${VIDEO} 96`, at: VIDEO },
  {
    rule: 'payload-type-conflict',
    from: VIDEO,
    to: `${VIDEO} 111`,
    at: 'a=rtpmap:111 VP9',
    also: (sdp) => mutate(sdp, 'a=rtpmap:96 VP8/90000', 'a=rtpmap:96 VP8/90000\na=rtpmap:111 VP9/90000'),
  },
  { rule: 'rtpmap-form', from: 'a=rtpmap:111 opus/48000/2', to: 'a=rtpmap:111 opus', at: 'a=rtpmap:111' },
  { rule: 'rtpmap-missing', from: VIDEO, to: `${VIDEO} 120`, at: VIDEO },
  {
    rule: 'rtpmap-repeated',
    from: 'a=rtcp-fb:96 goog-remb',
    to: 'a=rtpmap:96 VP9/90000',
    at: 'a=rtpmap:96',
    nth: 2,
  },
  {
    rule: 'rtpmap-unlisted',
    from: 'a=rtcp-fb:96 goog-remb',
    to: 'a=rtpmap:120 VP9/90000',
    at: 'a=rtpmap:120',
  },
  {
    rule: 'fmtp-form',
    from: 'a=fmtp:111 minptime=10;useinbandfec=1',
    to: 'a=fmtp:opus x',
    at: 'a=fmtp:opus',
  },
  { rule: 'fmtp-unlisted', from: 'a=rtcp-fb:96 goog-remb', to: 'a=fmtp:120 x=1', at: 'a=fmtp:120' },
  { rule: 'feedback-form', from: 'a=rtcp-fb:96 goog-remb', to: 'a=rtcp-fb:96', at: 'a=rtcp-fb:96' },
  {
    rule: 'feedback-unlisted',
    from: 'a=rtcp-fb:96 goog-remb',
    to: 'a=rtcp-fb:120 nack',
    at: 'a=rtcp-fb:120',
  },
  { rule: 'rtx-apt', from: 'a=fmtp:97 apt=96', to: 'a=fmtp:97 apt=98', at: 'a=fmtp:97' },
  { rule: 'rtx-apt', from: 'a=fmtp:97 apt=96\n', to: '', at: 'a=rtpmap:97' },
  { rule: 'rtcp-mux-missing', from: 'a=rtcp-mux\na=rtcp-rsize', to: 'a=rtcp-rsize', at: VIDEO },
  { rule: 'extmap-form', from: 'a=extmap:2 http', to: 'a=extmap:two http', at: 'a=extmap:two' },
  { rule: 'extmap-id', from: 'a=extmap:2 http', to: 'a=extmap:0 http', at: 'a=extmap:0' },
  { rule: 'extmap-id', from: 'a=extmap:2 http', to: 'a=extmap:300 http', at: 'a=extmap:300' },
  {
    rule: 'extmap-id',
    from: 'a=extmap:2 http',
    to: 'a=extmap:15 http',
    at: 'a=extmap:15',
    severity: 'warning',
  },
  { rule: 'extmap-repeated', from: 'a=extmap:10 urn', to: 'a=extmap:2 urn', at: 'a=extmap:2 urn' },
  { rule: 'extmap-conflict', from: 'a=extmap:2 http', to: 'a=extmap:1 http', at: 'a=extmap:1 http' },
  {
    rule: 'ssrc-form',
    from: 'a=ssrc:1001 cname:cname-a',
    to: 'a=ssrc:4294967296 cname:x',
    at: 'a=ssrc:4294967296',
  },
  { rule: 'ssrc-group-form', from: 'FID 2001 2002', to: 'FID 2001 x', at: 'a=ssrc-group' },
  { rule: 'ssrc-group-unknown', from: 'FID 2001 2002', to: 'FID 2001 2003', at: 'a=ssrc-group' },
  { rule: 'msid-form', from: 'a=msid:stream-a track-audio', to: 'a=msid:a b c', at: 'a=msid:a b c' },
  {
    rule: 'rid-form',
    from: 'a=rid:lo send max-width=320',
    to: 'a=rid:lo send max-width=320\na=rid:x',
    at: 'a=rid:x',
  },
  {
    rule: 'rid-repeated',
    from: 'a=rid:lo send max-width=320',
    to: 'a=rid:lo send\na=rid:lo send',
    at: 'a=rid:lo',
    nth: 2,
  },
  { rule: 'rid-payload-type', from: 'max-width=320', to: 'pt=96,98', at: 'a=rid:lo' },
  {
    rule: 'simulcast-form',
    from: 'a=simulcast:send hi;~lo',
    to: 'a=simulcast:sendrecv hi',
    at: 'a=simulcast',
  },
  { rule: 'simulcast-unknown-rid', from: 'send hi;~lo', to: 'send hi;~lo,mid', at: 'a=simulcast' },
  { rule: 'simulcast-unknown-rid', from: 'a=rid:lo send', to: 'a=rid:lo recv', at: 'a=simulcast' },
  {
    rule: 'mid-missing',
    from: 'a=mid:2\n',
    to: '',
    at: DATA,
    also: (sdp) => mutate(sdp, BUNDLE, 'a=group:BUNDLE 0 1'),
  },
  {
    rule: 'mid-repeated',
    from: 'a=mid:2',
    to: 'a=mid:1',
    at: 'a=mid:1',
    nth: 2,
    also: (sdp) => mutate(sdp, BUNDLE, 'a=group:BUNDLE 0 1'),
  },
  { rule: 'group-unknown-mid', from: BUNDLE, to: `${BUNDLE} 3`, at: BUNDLE },
  { rule: 'group-mid-repeated', from: BUNDLE, to: `${BUNDLE} 2`, at: BUNDLE },
  { rule: 'bundle-port-zero', from: VIDEO, to: VIDEO.replace(' 9 ', ' 0 '), at: 'm=video' },
  {
    rule: 'bundle-port-zero',
    from: VIDEO,
    to: VIDEO.replace(' 9 ', ' 0 '),
    at: 'm=video',
    type: 'answer',
    also: (sdp) => sdp.replaceAll('a=setup:actpass', 'a=setup:active'),
  },
  { rule: 'bundle-only-port', from: 'a=mid:2', to: 'a=mid:2\na=bundle-only', at: 'a=bundle-only' },
  {
    rule: 'bundle-credentials',
    from: `${PASSWORD}\na=ice-options:trickle\n${FINGERPRINT}\na=setup:actpass\na=mid:2`,
    to: `a=ice-pwd:${'x'.repeat(22)}\n${FINGERPRINT}\na=setup:actpass\na=mid:2`,
    at: 'a=ice-pwd:xxx',
  },
  {
    rule: 'bundle-fingerprint',
    from: `${FINGERPRINT}\na=setup:actpass\na=mid:2`,
    to: `${OTHER_FINGERPRINT}\na=setup:actpass\na=mid:2`,
    at: OTHER_FINGERPRINT,
  },
  { rule: 'ice-credentials-missing', from: 'a=ice-ufrag:wX3k\n', to: '', at: 'm=audio' },
  { rule: 'ice-credentials-missing', from: `${PASSWORD}\n`, to: '', at: 'm=audio' },
  {
    rule: 'ice-ufrag',
    from: 'a=ice-ufrag:wX3k',
    to: 'a=ice-ufrag:abc',
    at: 'a=ice-ufrag:abc',
    also: (sdp) => sdp.replaceAll('a=ice-ufrag:wX3k', 'a=ice-ufrag:abc'),
  },
  {
    rule: 'ice-pwd',
    from: PASSWORD,
    to: 'a=ice-pwd:short',
    at: 'a=ice-pwd:short',
    also: (sdp) => sdp.replaceAll(PASSWORD, 'a=ice-pwd:short'),
  },
  { rule: 'ice-lite-level', from: 'a=mid:2', to: 'a=mid:2\na=ice-lite', at: 'a=ice-lite' },
  {
    rule: 'candidate-form',
    from: HOST,
    to: 'a=candidate:1 1 udp x 192.0.2.10 1 typ host',
    at: 'a=candidate:1 ',
  },
  {
    rule: 'candidate-form',
    from: HOST,
    to: 'a=candidate:1 1 udp 1 192.0.2.300 1 typ host',
    at: 'a=candidate:1 ',
  },
  {
    rule: 'candidate-form',
    from: HOST,
    to: 'a=candidate:1 0 udp 1 192.0.2.1 1 typ host',
    at: 'a=candidate:1 ',
  },
  {
    rule: 'candidate-form',
    from: HOST,
    to: 'a=candidate:1 1 udp 0 192.0.2.1 1 typ host',
    at: 'a=candidate:1 ',
  },
  {
    rule: 'candidate-form',
    from: HOST,
    to: 'a=candidate:1 1 udp 1 192.0.2.1 65536 typ host',
    at: 'a=candidate:1 ',
  },
  { rule: 'candidate-related', from: ' raddr 192.0.2.10 rport 36768', to: '', at: 'a=candidate:1853887674' },
  { rule: 'fingerprint-missing', from: `${FINGERPRINT}\n`, to: '', at: 'm=audio' },
  {
    rule: 'fingerprint-form',
    from: FINGERPRINT,
    to: 'a=fingerprint:sha-256 A0:A1',
    at: 'a=fingerprint',
    also: (sdp) => sdp.replaceAll(FINGERPRINT, 'a=fingerprint:sha-256 A0:A1'),
  },
  { rule: 'fingerprint-form', from: FINGERPRINT, to: 'a=fingerprint:sha-3 A0:A1', at: 'a=fingerprint' },
  {
    rule: 'fingerprint-conflict',
    from: FINGERPRINT,
    to: `${FINGERPRINT}\n${OTHER_FINGERPRINT}`,
    at: OTHER_FINGERPRINT,
  },
  {
    rule: 'fingerprint-hash',
    from: FINGERPRINT,
    to: `${FINGERPRINT}\na=fingerprint:sha-1${' AA'.repeat(1)}${':AA'.repeat(19)}`,
    at: 'a=fingerprint:sha-1',
  },
  {
    rule: 'fingerprint-hash',
    from: FINGERPRINT,
    to: `${FINGERPRINT}\na=fingerprint:md5 AA${':AA'.repeat(15)}`,
    at: 'a=fingerprint:md5',
    severity: 'error',
  },
  { rule: 'setup-missing', from: 'a=setup:actpass\n', to: '', at: 'm=audio' },
  { rule: 'setup-value', from: 'a=setup:actpass', to: 'a=setup:both', at: 'a=setup:both' },
  { rule: 'setup-offer', from: 'a=setup:actpass', to: 'a=setup:active', at: 'a=setup:active', type: 'offer' },
  {
    rule: 'crypto-line',
    from: 'a=rtcp-rsize',
    to: 'a=rtcp-rsize\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x',
    at: 'a=crypto',
  },
  { rule: 'sctp-format', from: 'SCTP webrtc-datachannel', to: 'SCTP 5000', at: 'm=application' },
  { rule: 'sctp-port', from: 'a=sctp-port:5000', to: 'a=sctp-port:0', at: 'a=sctp-port' },
  { rule: 'sctp-port-missing', from: 'a=sctp-port:5000\n', to: '', at: DATA },
  { rule: 'max-message-size', from: 'size:262144', to: 'size:big', at: 'a=max-message-size' },
  { rule: 'max-message-size-missing', from: 'a=max-message-size:262144\n', to: '', at: DATA },
  { rule: 'max-message-size-zero', from: 'size:262144', to: 'size:0', at: 'a=max-message-size' },
]

describe('lintSdp', () => {
  it.each(['offer', null] as const)('has nothing to say about a good description (%s)', (type) => {
    expect(lintSdp(BROWSER_OFFER, { type })).toEqual([])
  })

  it('has nothing to say about a bundled section that leaves the transport to the first one', () => {
    const sdp = mutate(BROWSER_OFFER, `${TRANSPORT}\na=mid:2`, 'a=bundle-only\na=mid:2')
    expect(lintSdp(mutate(sdp, DATA, DATA.replace(' 9 ', ' 0 ')))).toEqual([])
  })

  it('takes credentials, fingerprint and setup of the session', () => {
    const bare = BROWSER_OFFER.replaceAll(`${TRANSPORT}\n`.replaceAll('\n', '\r\n'), '')
    expect(lintSdp(mutate(bare, 'a=extmap-allow-mixed', `a=extmap-allow-mixed\n${TRANSPORT}`))).toEqual([])
  })

  it.each(rows)('$rule: $to', ({ rule, from, to, at, nth, type = null, also, severity }) => {
    const replaced = mutate(BROWSER_OFFER, from, to)
    const sdp = also?.(replaced) ?? replaced
    const findings = lintSdp(sdp, { type })
    expect([...new Set(findings.map((finding) => finding.rule))]).toEqual([rule])
    expect(findings[0]).toMatchObject({
      line: lineOf(sdp, at, nth),
      severity: severity ?? SDP_RULES[rule][0],
      reference: SDP_RULES[rule][1],
    })
    expect(findings[0]?.message).toMatch(/^.{10,}\.$/)
  })

  it('wants an answer to choose who starts DTLS, and one set of credentials', () => {
    const findings = lintSdp(BROWSER_OFFER, { type: 'answer' })
    expect(findings.map(({ rule, line }) => [rule, line])).toEqual(
      [1, 2, 3].map((nth) => ['setup-answer', lineOf(BROWSER_OFFER, 'a=setup', nth)]),
    )
  })

  it('warns of LF alone once, and of a last line without an ending', () => {
    const findings = lintSdp(BROWSER_OFFER.replaceAll('\r\n', '\n').trimEnd())
    const last = BROWSER_OFFER.split('\r\n').length - 1
    expect(findings.map(({ rule, line, severity }) => [rule, line, severity])).toEqual([
      ['line-ending', 1, 'warning'],
      ['last-line-ending', last, 'warning'],
    ])
  })

  it('has a test for every rule', () => {
    const elsewhere = ['line-ending', 'last-line-ending', 'setup-answer']
    const tested = new Set<string>([...rows.map(({ rule }) => rule), ...elsewhere])
    expect(Object.keys(SDP_RULES).filter((rule) => !tested.has(rule))).toEqual([])
  })

  it('tells of a kind of breach a hundred times at most', () => {
    expect(lintSdp('hello\r\n'.repeat(500)).filter(({ rule }) => rule === 'line-form')).toHaveLength(100)
  })
})

describe('the descriptions of the native library', () => {
  it.each(['balanced', 'max-bundle', 'max-compat'] as const)('have no errors (%s)', async (bundlePolicy) => {
    await using video = openVideoOutput()
    await using audio = openAudioOutput()
    const configuration = { iceServers: [], bundlePolicy }
    await using offerer = createPeerConnection(configuration, () => undefined)
    await using answerer = createPeerConnection(configuration, () => undefined)
    offerer.addTrack(audio.track)
    offerer.addTrack(video.track)
    offerer.createDataChannel('x')
    const offer = await offerer.createOffer()
    await answerer.setRemoteDescription(offer)
    const answer = await answerer.createAnswer()
    expect(offer.sdp).toContain('m=application')
    expect(lintSdp(offer.sdp ?? '', { type: 'offer' })).toEqual([])
    expect(lintSdp(answer.sdp ?? '', { type: 'answer' })).toEqual([])
  })
})
