import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { compareSdp } from '../../src/sdp/compare-sdp.js'
import { explainSdp } from '../../src/sdp/explain-sdp.js'
import { sdpExplanationSchema } from '../../src/sdp/explanation.js'
import { lintSdp } from '../../src/sdp/lint-sdp.js'
import { BROWSER_OFFER } from './browser-offer.js'

const KINDS = Array.from('vosiuepcbtrzkamx')
const LINES = BROWSER_OFFER.split('\r\n')

/** Lines of a good description with some left out, repeated, moved, cut, or replaced by anything. */
const line = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...LINES) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...LINES), fc.nat(30)).map(([text, cut]) => text.slice(0, cut)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...KINDS), fc.string()).map(([kind, value]) => `${kind}=${value}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...LINES), fc.nat(60), fc.string({ unit: 'binary', maxLength: 6 }))
      .map(([text, at, added]) => text.slice(0, at) + added + text.slice(at)),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)
const sdp = fc
  .tuple(fc.array(line, { maxLength: 60 }), fc.constantFrom('\r\n', '\n'))
  .map(([rows, end]) => rows.join(end))

describe('any text', () => {
  it('is linted: findings name lines that exist', () => {
    fc.assert(
      fc.property(sdp, fc.constantFrom('offer', 'answer', null), (text, type) => {
        const count = Math.max(1, text.split('\n').length)
        for (const { line: number } of lintSdp(text, { type })) expect(number).toBeGreaterThan(0)
        for (const { line: number } of lintSdp(text, { type })) expect(number).toBeLessThanOrEqual(count)
      }),
      { numRuns: 300 },
    )
  })

  it('is explained within the schema', () => {
    fc.assert(
      fc.property(sdp, (text) => {
        expect(v.is(sdpExplanationSchema, explainSdp(text))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('is the same as itself', () => {
    fc.assert(
      fc.property(sdp, (text) => {
        expect(compareSdp(text, text)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('is compared, and differs the other way round too', () => {
    fc.assert(
      fc.property(sdp, sdp, (a, b) => {
        expect(compareSdp(a, b).length > 0).toBe(compareSdp(b, a).length > 0)
      }),
      { numRuns: 200 },
    )
  })
})

const MEGABYTE = 1024 * 1024
const fill = (text: string) => text.repeat(Math.ceil(MEGABYTE / text.length)).slice(0, MEGABYTE)

describe('a megabyte', () => {
  it.each([
    ['of no lines', fill('x')],
    ['of empty lines', fill('\n')],
    ['of spaces', fill('a=candidate: ')],
    ['of candidates', fill('a=candidate:1 1 udp 1 192.0.2.1 1 typ host a b\r\n')],
    ['of m-sections', fill('m=a 1 b c\r\n')],
    [
      'of bundled m-sections',
      `a=group:BUNDLE${' 1 2 3'.repeat(50_000)}\r\n${fill('m=audio 1 UDP/TLS/RTP/SAVPF 1\r\na=mid:1\r\n')}`,
    ],
    ['of one long candidate', `m=a 1 b c\r\na=candidate:1 1 udp 1 1.1.1.1 1 typ host${fill(' a b')}!\r\n`],
    ['of one long m-section', `m=audio 9 RTP/AVP${fill(' 1')}\u0001 \r\n`],
    ['of one long fingerprint', `a=fingerprint:sha-256 ${fill('AA:')}\r\n`],
    ['of one long connection', `c=IN IP4 ${fill('a.')}\r\n`],
    ['of one long protocol', `m=a 1 ${fill('b/')}\u0001\r\n`],
  ])('%s is linted in less than a second, or in time that grows with it', (_what, text) => {
    const wholeMs = lintingMs(text)
    // On a machine that is short of cache or memory a second is not enough; four times a quarter still is.
    const limitMs = wholeMs < 1_000 ? 1_000 : 8 * lintingMs(text.slice(0, text.length / 4))
    expect(wholeMs).toBeLessThan(limitMs)
  })
})

/** Time of this process, whatever else the machine does. */
function lintingMs(text: string): number {
  const started = process.cpuUsage()
  lintSdp(text)
  const { user, system } = process.cpuUsage(started)
  return (user + system) / 1_000
}
