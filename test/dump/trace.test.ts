import { describe, expect, it } from 'vitest'
import { Trace } from '../../src/dump/trace.js'
import type { JournalFact } from '../../src/session/journal.js'
import { readTrace } from './trace-reader.js'

const START_MS = 1_795_230_460_000
const SRFLX = 'candidate:1 1 udp 1686052607 198.51.100.7 40000 typ srflx raddr 10.0.0.1 rport 40000'

/** Each fact a millisecond after the one before. */
function traceOf(facts: readonly JournalFact[]) {
  const trace = new Trace(START_MS)
  const header = trace.header('webrtc-cli offer')
  const text = facts.map((fact, index) => trace.entry({ ...fact, timeMs: START_MS + index, connection: 0 }))
  return readTrace(header + text.join('') + trace.finish())
}

describe('a trace', () => {
  it('has spans from the states of a connection, and ends what is open', () => {
    const events = traceOf([
      { what: 'created', name: 'local', configuration: {} },
      { what: 'called', call: 0, method: 'createOffer', args: [] },
      { what: 'succeeded', call: 0, method: 'createOffer', result: null },
      { what: 'state', state: 'iceGatheringState', value: 'gathering' },
      { what: 'state', state: 'iceConnectionState', value: 'checking' },
      { what: 'state', state: 'iceGatheringState', value: 'complete' },
      { what: 'state', state: 'iceConnectionState', value: 'connected' },
      { what: 'data-channel', label: 'chat', protocol: '', state: 'open' },
    ])
    expect(events.map(({ ph, name, ts }) => [ph, name, ts / 1000])).toEqual([
      ['M', 'process_name', 0],
      ['M', 'thread_name', 0],
      ['b', 'createOffer', 1],
      ['e', 'createOffer', 2],
      ['b', 'gathering candidates', 3],
      ['b', 'ICE checks', 4],
      ['e', 'gathering candidates', 5],
      ['e', 'ICE checks', 6],
      ['b', 'DTLS and SCTP', 6],
      ['e', 'DTLS and SCTP', 7],
      ['b', 'channel chat', 7],
      ['e', 'channel chat', 7],
    ])
  })

  it('has the checks that the stack did not speak of, from the moment at which they could begin', () => {
    const events = traceOf([
      { what: 'state', state: 'signalingState', value: 'stable' },
      { what: 'state', state: 'connectionState', value: 'connecting' },
      { what: 'state', state: 'iceConnectionState', value: 'connected' },
      { what: 'state', state: 'iceConnectionState', value: 'completed' },
    ])
    const checks = events.filter(({ name }) => name === 'ICE checks')
    expect(checks.map(({ ph, ts }) => [ph, ts / 1000])).toEqual([
      ['b', 0],
      ['e', 2],
    ])
  })

  it('has a candidate at its own time, with the server that only statistics name', () => {
    const url = 'stun:192.0.2.7:3478'
    const stats = { type: 'local-candidate', timestamp: START_MS, port: 40_000, protocol: 'udp' }
    const events = traceOf([
      { what: 'candidate', candidate: { candidate: SRFLX }, url: null },
      { what: 'candidate', candidate: null, url: null },
      { what: 'stats', report: [{ ...stats, id: 'a', candidateType: 'srflx', url }] },
    ])
    expect(events.find(({ name }) => name === 'candidate srflx')).toMatchObject({
      ts: 0,
      args: { address: '198.51.100.7', relatedAddress: '10.0.0.1', server: url },
    })
  })

  it('is an array without its end as long as the run lasts, and a whole one when nothing happened', () => {
    const trace = new Trace(START_MS)
    const begun =
      trace.header('webrtc-cli offer') +
      trace.event({ event: 'peer-joined', peerId: 'a', name: null }, START_MS)
    expect(readTrace(`${begun}]`)).toHaveLength(2)
    expect(readTrace(new Trace(START_MS).finish())).toEqual([])
  })

  it('has a transfer as a span, and its rate as a counter', () => {
    const trace = new Trace(START_MS)
    const direction = 'send'
    const text = [
      trace.event(
        { event: 'transfer-accepted', direction, bytes: 10, resumedBytes: 0, associations: 1 },
        START_MS,
      ),
      trace.event(
        {
          event: 'transfer-progress',
          direction,
          bytes: 10,
          bytesTransferred: 5,
          bytesPerSecond: 7,
          associations: 1,
          file: null,
          durationMs: 1,
        },
        START_MS + 1,
      ),
      trace.event(
        { event: 'transfer-failed', direction, bytes: 10, bytesTransferred: 5, reason: 'lost' },
        START_MS + 2,
      ),
    ]
    expect(readTrace(text.join('') + trace.finish())).toMatchObject([
      { ph: 'b', name: 'transfer (send)' },
      { ph: 'C', args: { rate: 7 } },
      { ph: 'e', ts: 2000, args: { failed: 'lost' } },
    ])
  })
})
