import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InternalsDump } from '../../src/dump/internals-dump.js'
import { readDescriptions } from '../../src/dump/read-descriptions.js'
import { RtcstatsDump } from '../../src/dump/rtcstats-dump.js'
import type { JournalEntry } from '../../src/session/journal.js'
import { ORIGIN, START_MS } from './origin.js'

const OFFER = 'v=0\r\ns=-\r\nm=audio 9 X 0\r\na=mid:0\r\nm=video 9 X 1\r\na=mid:1\r\n'
const ANSWER = 'v=0\r\ns=a\r\nm=audio 9 X 0\r\na=mid:0\r\n'

const set = (method: string, type: string, sdp: string, timeMs: number): JournalEntry => ({
  what: 'called',
  call: timeMs,
  method,
  args: [{ type, sdp }],
  timeMs: START_MS + timeMs,
  connection: 0,
})

const ENTRIES: JournalEntry[] = [
  { what: 'created', name: null, configuration: {}, timeMs: START_MS, connection: 0 },
  set('setLocalDescription', 'offer', OFFER, 5),
  { what: 'called', call: 9, method: 'rollback', args: [], timeMs: START_MS + 6, connection: 0 },
  set('setRemoteDescription', 'answer', ANSWER, 25),
]
const FOUND = [
  { side: 'local', type: 'offer', sdp: OFFER, elapsedMs: 0 },
  { side: 'remote', type: 'answer', sdp: ANSWER, elapsedMs: 20 },
]

const lines = (...events: unknown[]) =>
  `RTCStatsDump\n{"fileFormat":3}\n${events.map((event) => `${JSON.stringify(event)}\n`).join('')}`

describe('the descriptions of a dump', () => {
  it('are those that were set: rtcstats', () => {
    const dump = new RtcstatsDump()
    const text = dump.header(ORIGIN) + ENTRIES.map((entry) => dump.entry(entry)).join('')
    expect(readDescriptions(text)).toEqual(FOUND.map((found) => ({ ...found, connection: 'PC_0' })))
  })

  it('are those that were set: webrtc-internals', () => {
    const dump = new InternalsDump(ORIGIN)
    for (const entry of ENTRIES) dump.add(entry)
    const found = readDescriptions([...dump.document()].join(''))
    expect(found).toEqual(FOUND.map((description) => ({ ...description, connection: '1-0' })))
  })

  it('come from what --sdp --json printed too', () => {
    const text = FOUND.map((found, index) =>
      JSON.stringify({
        v: 1,
        ts: new Date(START_MS + index).toISOString(),
        event: 'description',
        connection: '0',
        ...found,
      }),
    )
    const noise = '{"v":1,"ts":"2026-01-01T00:00:00Z","event":"chat","text":"\\"description\\""}'
    const found = readDescriptions([noise, ...text, ''].join('\n'))
    expect(found?.map(({ sdp }) => sdp)).toEqual([OFFER, ANSWER])
  })

  it('are whole where a client wrote numbers, and m= for what was there before', () => {
    const later = OFFER.replace('a=mid:1', 'a=mid:2')
    const text = lines(
      [39, 'PC_0', {}, START_MS],
      [3, 'PC_0', { type: 'offer', sdp: OFFER }, 1],
      [6, 'PC_0', { type: 'offer', sdp: 'v=\r\nm=\r\nm=\r\n' }, '6-0', 1],
      [6, 'PC_0', { type: 'offer', sdp: 'v=\r\nm=\r\nm=video 9 X 1\r\na=mid:2\r\n' }, '6-1', 1],
    )
    expect(readDescriptions(text)?.map(({ sdp }) => sdp)).toEqual([OFFER, later])
  })

  it('are read as Chromium wrote them before M142', () => {
    const updateLog = [
      { time: '2026-01-01T00:00:00Z', type: 'setLocalDescription', value: `type: offer, sdp: ${OFFER}` },
    ]
    const text = JSON.stringify({ PeerConnections: { '12-3': { updateLog } } })
    expect(readDescriptions(text)).toEqual([{ ...FOUND[0], connection: '12-3' }])
  })

  it('are not looked for in what is no dump', () => {
    for (const text of ['', OFFER, JSON.stringify({ type: 'offer', sdp: OFFER }), '{"PeerConnections'])
      expect(readDescriptions(text)).toBeUndefined()
  })

  it('never fail, whatever the file holds', () => {
    const heads = ['RTCStatsDump\n{}\n', '{"v":1,', '{"PeerConnections":']
    fc.assert(
      fc.property(fc.constantFrom(...heads), fc.oneof(fc.string(), fc.json()), (head, rest) => {
        expect(readDescriptions(head + rest)).toBeInstanceOf(Array)
      }),
      { numRuns: 300 },
    )
  })
})
