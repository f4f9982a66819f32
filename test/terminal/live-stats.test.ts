import { describe, expect, it } from 'vitest'
import type { CandidatePairSummary, PeerEventOf } from '../../src/events.js'
import { displayWidth } from '../../src/terminal/columns.js'
import { createLiveStats } from '../../src/terminal/live-stats.js'
import { describePath } from '../../src/terminal/path-words.js'
import { hasBlocks, sparkline } from '../../src/terminal/sparkline.js'
import { HOSTILE, samplePair, sampleStats } from './sample-events.js'

const event = (change: Partial<PeerEventOf<'stats'>['summary']> = {}): PeerEventOf<'stats'> => ({
  event: 'stats',
  summary: { ...sampleStats, ...change },
})

const size = { columns: 80, rows: 24, ascii: false, keys: 'p pairs' }

const texts = (live: ReturnType<typeof createLiveStats>, options = size) =>
  live.lines(options).map(({ lead, text }) => `${lead?.text ?? ''}${text}`)

describe('the live view', () => {
  it('has the path and why, rates with their course, and a row for each stream and channel', () => {
    const live = createLiveStats()
    for (const bitrate of [100_000, 850_100, null, 425_000]) {
      live.add(event({ streams: sampleStats.streams.map((stream) => ({ ...stream, bitrate })) }))
    }
    expect(texts(live).join('\n')).toMatchInlineSnapshot(`
      "stats at 5 s, over 1 s                                                  p pairs
      direct  host udp 127.0.0.1:4242 -> host udp 127.0.0.1:5353
        both sides are reached at their own addresses
      RTT      0.4 ms                    ████
      send     1.2 Mbit/s of 300 kbit/s  ████
      receive  850 kbit/s                ████
      stream       codec  bitrate           loss   jitter  RTT    media
      in video 0   VP8    425 kbit/s  ▂█ ▄  0.5 %  3.1 ms  -      1280x720 30 fps
      out audio 1  opus   425 kbit/s  ▂█ ▄  0.5 %  3.1 ms  12 ms  level 0.12
        in video 0: 3 packets lost, 1 frame dropped, 2 freezes, jitter buffer 40 ms
      data channel  state      out               in
      chat          open, 2/s  1.2 Mbit/s  ████  -"
    `)
  })

  it.each([
    [80, 24],
    [120, 40],
    [40, 10],
    [20, 3],
  ])('fits a window of %d columns and %d rows', (columns, rows) => {
    const live = createLiveStats()
    live.add(event())
    const lines = texts(live, { ...size, columns, rows })
    expect(lines.length).toBeLessThan(rows)
    expect(Math.max(...lines.map((line) => displayWidth(line)))).toBeLessThan(columns)
  })

  it('shows nothing of a peer raw', () => {
    const live = createLiveStats()
    const [stream] = sampleStats.streams
    const [channel] = sampleStats.dataChannels
    if (stream === undefined || channel === undefined) throw new Error('the sample has both')
    live.add(
      event({
        candidatePair: {
          ...samplePair,
          remote: { ...samplePair.remote, address: HOSTILE, protocol: HOSTILE },
        },
        streams: [{ ...stream, codec: HOSTILE, mid: HOSTILE, qualityLimitationReason: HOSTILE }],
        dataChannels: [{ ...channel, label: HOSTILE, state: HOSTILE }],
      }),
    )
    expect(texts(live).join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })

  it('says so where there is no path yet, and nothing before the first sample', () => {
    const live = createLiveStats()
    expect(live.lines(size)).toEqual([])
    live.add(event({ candidatePair: null, transport: null, streams: [], dataChannels: [] }))
    expect(texts(live)).toContain('no candidate pair is selected')
  })
})

describe('why the path is what it is', () => {
  const path = (
    local: Partial<CandidatePairSummary['local']>,
    remote: Partial<CandidatePairSummary['local']>,
  ) =>
    describePath({
      ...samplePair,
      local: { ...samplePair.local, ...local },
      remote: { ...samplePair.remote, ...remote },
    })
  const turn = 'turn:turn.example.org:3478?transport=udp'

  it.each([
    [path({}, {}), 'both sides are reached at their own addresses'],
    [path({ type: 'relay', url: turn, relayProtocol: 'udp' }, {}), `this side is relayed by ${turn}`],
    [
      path({ type: 'relay', url: 'turns:a.example', relayProtocol: 'tls' }, {}),
      'this side is relayed by turns:a.example over tls',
    ],
    [path({}, { type: 'relay' }), 'the peer is relayed by a TURN server'],
    [path({ type: 'relay', url: turn }, { type: 'relay' }), `both sides are relayed, here by ${turn}`],
    [
      path({ type: 'srflx', url: 'stun:s.example' }, { type: 'prflx' }),
      'this side is behind a NAT, as stun:s.example saw, the peer was found at an address it did not name',
    ],
    [path({}, { type: 'srflx' }), 'the peer is behind a NAT'],
  ])('is said: %s', (words, expected) => {
    expect(words).toBe(expected)
  })
})

describe('a sparkline', () => {
  it('has bars from 0 to the largest, gaps for what was not measured, and the newest last', () => {
    expect(sparkline([9, 0, 50, null, 100], { width: 4 })).toBe('▁▅ █')
    expect(sparkline([0, 1, 2], { width: 9, ascii: true })).toBe('_=#')
    expect(sparkline([0, 0, null], { width: 3 })).toBe('▁▁ ')
    expect(sparkline([1], { width: 0 })).toBe('')
  })

  it.each([
    [{ LANG: 'de_CH.UTF-8' }, true],
    [{ LC_ALL: 'C', LANG: 'C.UTF-8' }, false],
    [{ LC_ALL: '', LANG: 'C.utf8' }, true],
    [{}, false],
  ])('has blocks with %o: %s', (env, expected) => {
    expect(hasBlocks(env)).toBe(expected)
  })
})
