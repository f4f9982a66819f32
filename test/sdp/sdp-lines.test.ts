import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { explainSdp } from '../../src/sdp/explain-sdp.js'
import { printable } from '../../src/terminal/printable.js'
import { formatExplanation } from '../../src/terminal/sdp-explanation.js'
import { sdpDifferenceLines, sdpFindingLines } from '../../src/terminal/sdp-lines.js'
import { BROWSER_OFFER } from './browser-offer.js'

const HOSTILE = 'x\u001b[2J\u202E\n'

describe('formatExplanation', () => {
  it('says in words what an m-section means', () => {
    const text = formatExplanation(explainSdp(BROWSER_OFFER)).join('\n')
    const video = text.slice(text.indexOf('mid 1'), text.indexOf('mid 2'))
    expect(video.replaceAll(/sha-256 \S+/g, 'sha-256 AB:CD')).toMatchInlineSnapshot(`
      "mid 1: video, UDP/TLS/RTP/SAVPF
        port          9, a placeholder: candidates say where, shares the transport of its bundle
        direction     sendonly: sends only
        type  codec       parameters                                                   feedback
        96    VP8/90000                                                                goog-remb, nack pli
        97    rtx/90000   retransmits 96
        102   H264/90000  level-asymmetry-allowed=1, packetization-mode=1, profile...  nack pli
        103   rtx/90000   retransmits 102
        bandwidth     AS:2500: at most 2.5 Mbit/s with all headers
        bandwidth     TIAS:2000000: at most 2.0 Mbit/s without headers
        ICE           ufrag wX3k, a password of 24 characters
        DTLS          actpass: the answerer chooses who starts DTLS
        fingerprint   sha-256 AB:CD
        RTCP          on the port of RTP (rtcp-mux), reduced size (rtcp-rsize)
        extensions    2 abs-send-time, 3 mid, 10 rid
        msid          stream stream-a, track track-video
        ssrc          2001, cname cname-a
        ssrc          2002, cname cname-a
        ssrc group    FID: 2001, 2002
        rid           hi send
        rid           lo send, max-width=320
        simulcast     sends hi, lo (paused)

      "
    `)
  })

  it.each([
    ['m=audio', 'm-section 0: audio, without a protocol'],
    ['m=', 'm-section 0: of no kind, without a protocol'],
  ])('names what %j leaves out', (section, line) => {
    expect(formatExplanation(explainSdp(`v=0\r\n${section}\r\n`))).toContain(line)
  })

  it('shows nothing raw', () => {
    const part = fc.constantFrom(...BROWSER_OFFER.split('\r\n'))
    const foreign = fc.string({ unit: 'binary', maxLength: 4 })
    fc.assert(
      fc.property(fc.array(fc.tuple(part, foreign), { maxLength: 40 }), (rows) => {
        const sdp = rows.map(([line, added]) => line + added).join('\r\n')
        for (const line of formatExplanation(explainSdp(sdp))) expect(line).toBe(printable(line))
      }),
      { numRuns: 200 },
    )
  })
})

describe('findings and differences', () => {
  it('are one line each, made printable', () => {
    const finding = {
      rule: HOSTILE,
      severity: 'error',
      line: 3,
      message: HOSTILE,
      reference: HOSTILE,
    } as const
    const difference = {
      mid: HOSTILE,
      subject: HOSTILE,
      change: 'changed',
      before: HOSTILE,
      after: HOSTILE,
    } as const
    const lines = [
      ...sdpFindingLines({ event: 'sdp-finding', file: HOSTILE, ...finding }),
      ...sdpDifferenceLines({ event: 'sdp-difference', files: { before: 'a', after: 'b' }, ...difference }),
    ].map(({ lead, text }) => (lead?.text ?? '') + text)
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(line).toBe(printable(line))
    expect(lines[0]).toMatch(/:3: error: /)
  })
})
