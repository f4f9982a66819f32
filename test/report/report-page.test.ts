import { describe, expect, it } from 'vitest'
import type { CandidatePairSummary, PeerEvent } from '../../src/events.js'
import { createAddressMask } from '../../src/dump/address-mask.js'
import { ReportFacts } from '../../src/report/report-facts.js'
import { formatReport } from '../../src/report/report-page.js'
import { judgeRun } from '../../src/report/verdict.js'
import { summariseStats } from '../../src/stats/summary.js'
import { laterReport } from '../stats/later-report.js'

const START_MS = 1_795_230_460_000
const HOSTILE = `</script><script>alert(1)</script>"'><img src=x onerror=alert(2)>`
const ASSETS = { script: 'draw()', style: 'a{}', scriptHash: 'AAA=', styleHash: 'BBB=', notice: 'MIT --> x' }
const DONE = { exitCode: 0, failure: null }

const pair = (local: 'host' | 'srflx' | 'relay', remote: 'host' | 'srflx'): CandidatePairSummary => ({
  local: {
    type: local,
    protocol: 'udp',
    address: '203.0.113.9',
    port: 1,
    relayProtocol: local === 'relay' ? 'tls' : null,
    url: HOSTILE,
  },
  remote: { type: remote, protocol: 'udp', address: '8.8.8.8', port: 2, relayProtocol: null, url: null },
  protocol: 'udp',
  relayed: local === 'relay',
  currentRoundTripTime: 0.02,
  availableOutgoingBitrate: null,
  availableIncomingBitrate: null,
})

function factsOf(events: readonly PeerEvent[]): ReportFacts {
  const facts = new ReportFacts(START_MS)
  for (const [index, event] of events.entries()) facts.addEvent(event, START_MS + index * 10)
  return facts
}

const connected = (candidatePair: CandidatePairSummary): PeerEvent => ({
  event: 'connected',
  elapsedMs: 40,
  candidatePair,
})

function pageOf(facts: ReportFacts, redact = (text: string) => text): string {
  const place = { name: 'webrtc-cli offer', version: '1.2.3', endedMs: START_MS + 5000 }
  return formatReport(facts, { ...place, outcome: DONE, redact, assets: ASSETS })
}

/** A run in which everything that others name is an attack. */
function hostileFacts(): ReportFacts {
  const none = { relatedAddress: null, relatedPort: null, priority: 1, url: HOSTILE, elapsedMs: 1 }
  const facts = factsOf([
    { event: 'peer-joined', peerId: HOSTILE, name: HOSTILE },
    {
      event: 'candidate',
      side: 'remote',
      type: 'host',
      protocol: HOSTILE,
      address: HOSTILE,
      port: 1,
      ...none,
    },
    connected(pair('host', 'host')),
    { event: 'warning', code: HOSTILE, message: HOSTILE, hint: HOSTILE },
    { event: 'expect', expression: HOSTILE, ok: false, value: HOSTILE, reason: HOSTILE },
    { event: 'transfer-failed', direction: 'send', bytes: 1, bytesTransferred: 0, reason: HOSTILE },
  ])
  facts.addEntry({
    what: 'created',
    name: null,
    configuration: { iceServers: [{ urls: HOSTILE }] },
    timeMs: START_MS,
    connection: 0,
  })
  const report = laterReport(0)
  for (const stats of report) {
    for (const [name, value] of Object.entries(stats)) {
      if (
        typeof value === 'string' &&
        ['label', 'address', 'codecId', 'mimeType', 'qualityLimitationReason'].includes(name)
      )
        stats[name] = HOSTILE
    }
  }
  facts.addEntry({
    what: 'stats',
    report,
    bufferedAmounts: new Map([[HOSTILE, 7]]),
    timeMs: START_MS,
    connection: 0,
  })
  facts.addSample(summariseStats(report, null, { side: 'local', startedMs: START_MS }), START_MS + 1000)
  return facts
}

describe('the page of a report', () => {
  it('has nothing foreign as markup', () => {
    const page = pageOf(hostileFacts())
    expect(page.match(/<script\b/g)).toHaveLength(2)
    expect(page.match(/<\/script>/g)).toHaveLength(2)
    expect(page).not.toMatch(/<img|alert\(2\)>/)
    expect(page).not.toContain(HOSTILE)
    expect(page).toContain('&lt;img src=x onerror=alert(2)&gt;')
    // Every quote of an attribute is one of the page's own.
    expect(page).not.toMatch(/"'>/)
  })

  it('names by their hashes all that may run and all that may style it, and forbids everything else', () => {
    const page = pageOf(factsOf([]))
    const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? []
    expect(policy.replaceAll('&#39;', "'")).toBe(
      "default-src 'none'; script-src 'sha256-AAA='; style-src 'sha256-BBB='; base-uri 'none'; form-action 'none'",
    )
    expect(page).toContain('<script>draw()</script>')
    expect(page).toContain('<style>a{}</style>')
    expect(page).not.toMatch(/ (style|on\w+)=|https?:|url\(/)
    expect(page.match(/-->/g)).toHaveLength(1)
  })

  it('has masked addresses where that was asked for, and its script as it was', () => {
    const page = pageOf(factsOf([connected(pair('srflx', 'host'))]), createAddressMask())
    expect(page).not.toContain('8.8.8.8')
    expect(page).toContain('198.18.0.')
    expect(page).toContain('<script>draw()</script>')
  })

  it('is of a reasonable size after a run of hours', () => {
    const facts = factsOf([connected(pair('host', 'host'))])
    const summary = (second: number) => {
      const now = laterReport(second * 1000)
      return summariseStats(now, laterReport(second * 1000 - 1000), { side: 'local', startedMs: START_MS })
    }
    const samples = [1, 2, 3, 4, 5, 6, 7].map(summary)
    for (let second = 0; second < 4 * 3600; second++) {
      const sample = samples[second % samples.length]
      if (sample !== undefined) facts.addSample(sample, START_MS + second * 1000)
      facts.addEvent({ event: 'warning', code: 'X', message: 'again', hint: null }, START_MS + second)
    }
    expect(pageOf(facts).length).toBeLessThan(1_000_000)
  })
})

describe('the verdict', () => {
  const direct = { state: 'failed', isSelected: false, roundTripTimeMs: null }
  const end = { protocol: 'udp', address: 'a', port: 1, url: null }

  it.each([
    [pair('host', 'host'), 'Connected directly', 'Both ends use an address of their own over UDP'],
    [pair('srflx', 'host'), 'Connected directly', 'the address translation (NAT) of this side over UDP'],
    [pair('srflx', 'srflx'), 'Connected directly', '(NAT) of this side and the peer'],
    [
      pair('relay', 'host'),
      'Connected through a TURN relay',
      'there was no pair of candidates without one. It is reached over TLS.',
    ],
  ])('says what the path is and why', (path, headline, reason) => {
    const verdict = judgeRun(factsOf([connected(path)]), DONE)
    expect(verdict).toMatchObject({ tone: 'good', headline })
    expect(verdict.reasons.join(' ')).toContain(reason)
  })

  it('says that direct pairs were tried in vain, and that relays were asked for', () => {
    const facts = factsOf([connected(pair('relay', 'host'))])
    facts.pairs = [
      {
        ...direct,
        local: { ...end, type: 'host' },
        remote: { ...end, type: 'host' },
        requestsSent: 9,
        responsesReceived: 0,
      },
    ]
    expect(judgeRun(facts, DONE).reasons[0]).toContain('none of 1 direct pair got an answer')
    facts.configuration = { iceTransportPolicy: 'relay' }
    expect(judgeRun(facts, DONE).reasons[0]).toContain('--ice-transport-policy relay')
  })

  it('is bad where nobody came, where there was no path, and where an expectation fails', () => {
    const failed = { exitCode: 124, failure: 'Timed out.' }
    expect(judgeRun(factsOf([]), failed)).toEqual({
      tone: 'bad',
      headline: 'No peer came',
      reasons: ['Timed out.'],
    })
    const joined: PeerEvent = { event: 'peer-joined', peerId: 'a', name: 'b' }
    expect(judgeRun(factsOf([joined]), failed)).toMatchObject({ tone: 'bad', headline: 'No connection' })
    const expected = (ok: boolean): PeerEvent => ({
      event: 'expect',
      expression: 'x',
      ok,
      value: null,
      reason: null,
    })
    const run = factsOf([connected(pair('host', 'host')), expected(true), expected(false)])
    expect(judgeRun(run, { exitCode: 1, failure: null })).toMatchObject({
      tone: 'bad',
      headline: 'Connected directly, not as expected',
    })
    expect(judgeRun(run, { exitCode: 1, failure: null }).reasons.at(-1)).toBe(
      '1 of 2 expectations does not hold.',
    )
  })
})
