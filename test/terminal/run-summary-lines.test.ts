import { describe, expect, it } from 'vitest'
import type { CandidatePairState, PeerEventOf } from '../../src/events.js'
import { displayWidth } from '../../src/terminal/columns.js'
import { runSummaryLines } from '../../src/terminal/run-summary-lines.js'
import { formatCandidatePairs } from '../../src/terminal/stats-table.js'
import { HOSTILE, samplePair } from './sample-events.js'

const row = { of: null, over: 'interval', samples: 60, last: 1, mean: 1 } as const
const video = { ...row, of: 'mid 0, ssrc 1234' }
const audio = { ...row, of: 'mid 1, ssrc 5678' }
const values = (min: number, p50: number, p95: number, max: number) => ({ min, p50, p95, max })

const run: PeerEventOf<'stats-summary'> = {
  event: 'stats-summary',
  durationMs: 60_000,
  samples: 61,
  figures: [
    { ...row, figure: 'rtt', kind: 'time', ...values(0.4, 0.6, 12.4, 80) },
    { ...video, figure: 'inbound.video.bitrate', kind: 'bitrate', ...values(0, 850_000, 910_000, 1_200_000) },
    { ...audio, figure: 'inbound.audio.bitrate', kind: 'bitrate', ...values(30_000, 32_000, 33_000, 34_000) },
    { ...video, figure: 'inbound.video.headerBitrate', kind: 'bitrate', ...values(0, 1, 2, 3) },
    { ...video, figure: 'inbound.video.loss', kind: 'ratio', ...values(0, 0.005, 0.02, 1) },
    { ...video, figure: 'inbound.video.freezes', kind: 'count', over: 'run', ...values(0, 0, 2, 3), last: 3 },
    { ...video, figure: 'inbound.video.nacks', kind: 'count', over: 'run', ...values(0, 0, 0, 0), last: 0 },
  ],
  notMeasured: ['available.incoming'],
}

const shown = (event: PeerEventOf<'stats-summary'>, { verbose = false } = {}) =>
  runSummaryLines(event)
    .filter(({ to }) => verbose || to === 'result')
    .map(({ text }) => text)

describe('the summary of a run', () => {
  it('has the distribution of the main figures, stream by stream, and what was counted', () => {
    expect(shown(run).join('\n')).toMatchInlineSnapshot(`
      "run of 1 m 00 s, 61 samples
        over the run     min          p50          p95          max
        rtt              0.4 ms       0.6 ms       12 ms        80 ms
        inbound.video, mid 0, ssrc 1234
          bitrate        0 bit/s      850 kbit/s   910 kbit/s   1.2 Mbit/s
          loss           0 %          0.5 %        2 %          100 %
        inbound.audio, mid 1, ssrc 5678
          bitrate        30.0 kbit/s  32.0 kbit/s  33.0 kbit/s  34.0 kbit/s
        in all  inbound.video.freezes 3"
    `)
  })

  it('has all of them and what was not measured with --verbose', () => {
    const lines = shown(run, { verbose: true })
    expect(lines).toContainEqual(expect.stringContaining('headerBitrate'))
    expect(lines.at(-1)).toBe('  not measured here: available.incoming')
  })

  it('shows nothing of a peer raw and stays within 80 columns', () => {
    const figures = run.figures.map((figure) => ({ ...figure, of: HOSTILE }))
    const lines = shown({ ...run, figures }, { verbose: true })
    expect(lines.join('')).not.toContain('\u001b')
    expect(Math.max(...lines.map((line) => displayWidth(line)))).toBeLessThanOrEqual(80)
  })
})

describe('the candidate pairs', () => {
  const pair: CandidatePairState = {
    local: samplePair.local,
    remote: { ...samplePair.remote, type: 'srflx', address: HOSTILE },
    selected: false,
    state: 'in-progress',
    nominated: null,
    currentRoundTripTime: null,
    requestsSent: 1,
    responsesReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
  }

  it('have their state, nomination and round trip, the selected one marked', () => {
    const selected = {
      ...pair,
      selected: true,
      state: 'succeeded',
      nominated: true,
      currentRoundTripTime: 0.0124,
    }
    const lines = formatCandidatePairs([{ ...selected, remote: samplePair.remote }, pair])
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "     pair         local                    remote                          RTT
        *  nominated    host udp 127.0.0.1:4242  host 127.0.0.1:5353             12 ms
           in-progress  host udp 127.0.0.1:4242  srflx x\\x1b[2J\\u{202e}\\n\\x9...  -"
    `)
  })
})
