import { describe, expect, it } from 'vitest'
import { InternalsDump } from '../../src/dump/internals-dump.js'
import { RtcstatsDump } from '../../src/dump/rtcstats-dump.js'
import type { JournalEntry, JournalFact } from '../../src/session/journal.js'
import type { RawStats } from '../../src/session/ports.js'
import { laterReport } from '../stats/later-report.js'
import { readInternals } from './internals-reader.js'
import { ORIGIN, START_MS } from './origin.js'
import { readRtcstats, type Report } from './rtcstats-reader.js'

/** Facts a tenth of a second apart. */
const entriesOf = (facts: readonly JournalFact[]): JournalEntry[] =>
  facts.map((fact, index) => ({ ...fact, timeMs: START_MS + index * 100.0004, connection: 0 }))

function dumpBoth(entries: readonly JournalEntry[]) {
  const rtcstats = new RtcstatsDump()
  const internals = new InternalsDump(ORIGIN)
  for (const entry of entries) internals.add(entry)
  return {
    rtcstats: readRtcstats(rtcstats.header(ORIGIN) + entries.map((entry) => rtcstats.entry(entry)).join('')),
    internals: readInternals([...internals.document()].join('')),
  }
}

const created: JournalFact = {
  what: 'created',
  name: 'local',
  configuration: { iceServers: [{ urls: 'stun:a' }] },
}
const description = { type: 'offer', sdp: 'v=0\r\n' } as const

const WHOLE_LIFE: JournalFact[] = [
  created,
  { what: 'called', call: 0, method: 'addTrack', args: [{ kind: 'video', id: 'v', label: '' }] },
  { what: 'called', call: 1, method: 'createDataChannel', args: ['chat', { negotiated: true, id: 1 }] },
  { what: 'negotiation-needed' },
  { what: 'called', call: 2, method: 'createOffer', args: [] },
  { what: 'succeeded', call: 2, method: 'createOffer', result: description },
  { what: 'called', call: 3, method: 'setLocalDescription', args: [description] },
  { what: 'state', state: 'signalingState', value: 'have-local-offer' },
  { what: 'succeeded', call: 3, method: 'setLocalDescription', result: null },
  {
    what: 'candidate',
    candidate: { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 },
    url: 'stun:a',
  },
  { what: 'candidate-error', url: 'stun:a', errorCode: 701, errorText: 'no' },
  { what: 'candidate', candidate: null, url: null },
  { what: 'called', call: 4, method: 'rollback', args: [] },
  { what: 'called', call: 5, method: 'addIceCandidate', args: [{ candidate: 'candidate:2', sdpMid: '0' }] },
  { what: 'failed', call: 5, method: 'addIceCandidate', message: 'refused' },
  { what: 'called', call: 6, method: 'somethingNew', args: [1, 'two'] },
  { what: 'state', state: 'connectionState', value: 'connected' },
  { what: 'data-channel', label: 'theirs', protocol: 'p', state: 'announced' },
  { what: 'data-channel', label: 'theirs', protocol: 'p', state: 'open' },
  { what: 'first-message', label: 'theirs' },
  { what: 'track', kind: 'audio', id: 'a' },
  { what: 'first-frame', kind: 'audio', id: 'a' },
  { what: 'called', call: 7, method: 'restartIce', args: [] },
  {
    what: 'called',
    call: 8,
    method: 'setParameters',
    args: [{ encodings: [{ maxBitrate: 300_000 }] }, { kind: 'video', id: 'v', label: '' }],
  },
  { what: 'succeeded', call: 8, method: 'setParameters', result: null },
  { what: 'closed' },
]

describe('both dump formats', () => {
  const { rtcstats, internals } = dumpBoth(entriesOf(WHOLE_LIFE))

  it('rtcstats has every fact under the name its readers know', () => {
    const told = rtcstats.events.map(({ method, value }) => [method, value])
    expect(told).toEqual([
      ['create', { hardwareConcurrency: 2 }],
      ['create', { iceServers: [{ urls: 'stun:a' }] }],
      [':name', 'local'],
      ['addTrack', ['video', 'v', '']],
      ['createDataChannel', ['chat', { negotiated: true, id: 1 }]],
      ['onnegotiationneeded', null],
      ['createOffer', null],
      ['createOfferOnSuccess', description],
      ['setLocalDescription', description],
      ['onsignalingstatechange', 'have-local-offer'],
      ['setLocalDescriptionOnSuccess', null],
      ['onicecandidate', { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, url: 'stun:a' }],
      ['onicecandidateerror', { url: 'stun:a', errorCode: 701, errorText: 'no' }],
      ['onicecandidate', null],
      ['setLocalDescription', { type: 'rollback', sdp: '' }],
      ['addIceCandidate', { candidate: 'candidate:2', sdpMid: '0' }],
      ['addIceCandidateOnFailure', 'refused'],
      [':somethingNew', [1, 'two']],
      ['onconnectionstatechange', 'connected'],
      ['ondatachannel', [null, 'theirs']],
      [':datachannel-open', { label: 'theirs', protocol: 'p' }],
      [':first-message', { label: 'theirs' }],
      ['ontrack', ['audio', 'a', 'a']],
      [':first-frame', { kind: 'audio', id: 'a' }],
      ['restartIce', null],
      ['setParameters', [{ encodings: [{ maxBitrate: 300_000 }] }]],
      [':setParametersOnSuccess', null],
      ['close', null],
    ])
    expect(rtcstats.events.at(-1)?.timeMs).toBeCloseTo(START_MS + 2500, 1)
  })

  it('webrtc-internals has them too, with values that are text', () => {
    const [connection] = internals.values()
    expect(connection?.url).toBe('webrtc-cli offer (local)')
    expect(connection?.updates.map(({ type, value }) => [type, value])).toEqual(
      expect.arrayContaining([
        ['createOffer', ''],
        ['createOfferOnSuccess', JSON.stringify(description)],
        ['signalingstatechange', '"have-local-offer"'],
        ['connectionstatechange', '"connected"'],
        ['addIceCandidateOnFailure', '"refused"'],
        ['createDataChannel', '{"label":"chat","negotiated":true,"id":1}'],
        ['restartIce', ''],
        [
          'setParameters',
          '{"encodings":[{"maxBitrate":300000}],"track":{"kind":"video","id":"v","label":""}}',
        ],
        ['icecandidate', '{"sdpMid":"0", "sdpMLineIndex":0, "candidate":"candidate:1", "url":"stun:a"}'],
        ['addIceCandidate', '{"sdpMid":"0", "sdpMLineIndex":null, "candidate":"candidate:2"}'],
      ]),
    )
    expect(connection?.updates).toHaveLength(WHOLE_LIFE.length - 1)
  })
})

describe('statistics in a dump', () => {
  const without = (report: readonly RawStats[], type: string) => report.filter((stats) => stats.type !== type)
  const reports = [
    laterReport(0),
    laterReport(1000),
    without(laterReport(2000), 'inbound-rtp'),
    laterReport(3000),
  ]
  const entries = entriesOf([created, ...reports.map((report): JournalFact => ({ what: 'stats', report }))])
  const asRecord = (report: readonly RawStats[]): Report =>
    Object.fromEntries(report.map(({ id, ...stats }) => [id, stats]))

  it('come back from the differences of rtcstats as they were, also what is gone and what returns', () => {
    const { rtcstats } = dumpBoth(entries)
    const read = rtcstats.events.filter(({ method }) => method === 'getStats').map(({ value }) => value)
    expect(read).toEqual(reports.map(asRecord))
  })

  it('take less room than reports do', () => {
    const dump = new RtcstatsDump()
    const [, first, second] = entries.map((entry) => dump.entry(entry).length)
    expect(second).toBeLessThan((first ?? 0) / 4)
  })

  it('are series in webrtc-internals, each as long as the times of its dictionary', () => {
    const { internals } = dumpBoth(entries)
    const [connection] = internals.values()
    const lengths = [...(connection?.series.values() ?? [])].map(({ type, timestamps }) => [
      type,
      timestamps.length,
    ])
    expect(lengths).toContainEqual(['inbound-rtp', 3])
    expect(lengths).toContainEqual(['transport', 4])
  })

  it('begin in webrtc-internals with the first sample that has the field, and keep their times', () => {
    const stats = (second: number, fields: Record<string, unknown>): RawStats => ({
      id: 'T',
      type: 'transport',
      timestamp: START_MS + second * 1000,
      ...fields,
    })
    const seconds = [{}, { late: 1 }, { late: 2, later: 3 }, { later: 4 }]
    const facts = seconds.map((fields, second): JournalFact => ({
      what: 'stats',
      report: [stats(second, fields)],
    }))
    const { internals } = dumpBoth(entriesOf([created, ...facts]))
    const [connection] = internals.values()
    const at = (second: number) => START_MS + second * 1000
    expect(Object.fromEntries(connection?.series.get('T')?.fields ?? [])).toEqual({
      late: [
        [at(1), 1],
        [at(2), 2],
        [at(3), null],
      ],
      later: [
        [at(2), 3],
        [at(3), 4],
      ],
    })
  })

  it('keep a bounded number of samples over the whole run, the newest among them', () => {
    const internals = new InternalsDump(ORIGIN)
    const stats = (timestamp: number): RawStats => ({
      id: 'T',
      type: 'transport',
      timestamp,
      bytesSent: timestamp,
    })
    for (const entry of entriesOf(
      Array.from({ length: 3601 }, (_, second): JournalFact => ({
        what: 'stats',
        report: [stats(second * 1000)],
      })),
    )) {
      internals.add(entry)
    }
    const [connection] = readInternals([...internals.document()].join('')).values()
    const times = connection?.series.get('T')?.timestamps ?? []
    expect(times.length).toBeGreaterThan(800)
    expect(times.length).toBeLessThanOrEqual(1001)
    expect([times.at(0), times.at(-1)]).toEqual([0, 3_600_000])
    const gaps = times.slice(1, -1).map((time, index) => time - (times[index] ?? 0))
    expect(new Set(gaps)).toEqual(new Set([4000]))
    expect(connection?.series.get('T')?.fields.get('bytesSent')).toEqual(times.map((time) => [time, time]))
  })
})
