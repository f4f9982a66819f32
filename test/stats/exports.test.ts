import { describe, expect, it } from 'vitest'
import type { StatsSummary } from '../../src/events.js'
import { csvHeader, csvRows } from '../../src/stats/csv-rows.js'
import { describeMetrics } from '../../src/stats/metrics.js'
import { summariseStats } from '../../src/stats/summary.js'
import { ids, laterReport, report } from './later-report.js'

const options = { side: 'local', startedMs: 1795230457316.503 } as const
const now = laterReport(1000, {
  [ids.inboundVideo]: { bytesReceived: 12_500, packetsReceived: 19, packetsLost: 1 },
})
const summary = summariseStats(now, report, options)

/** A reader of RFC 4180, to hold the writer against. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  for (const line of text.split('\r\n').slice(0, -1)) {
    const cells = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)]
    rows.push(cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? ''))
  }
  return rows
}

function tableOf(sample: StatsSummary): Record<string, string>[] {
  const [header = [], ...rows] = parseCsv(csvHeader() + csvRows({ summary: sample, report: now }))
  return rows.map((cells) =>
    Object.fromEntries(header.map((column, index) => [column, cells[index] ?? 'missing'])),
  )
}

describe('the table', () => {
  it('has a row for the connection and one for each stream, all with the same columns', () => {
    const rows = tableOf(summary)
    expect(rows.map((row) => row['object'])).toEqual([
      'connection',
      'inbound.audio',
      'inbound.video',
      'outbound.audio',
      'outbound.video',
    ])
    expect(rows.flatMap((row) => Object.values(row))).not.toContain('missing')
    expect(rows[0]).toMatchObject({
      time: '2026-11-21T03:07:42.316Z',
      'elapsed (s)': '5',
      path: 'direct',
      'bitrate (bit/s)': '',
    })
    expect(rows[2]).toMatchObject({
      stream: 'mid 0, ssrc 432696108',
      'bitrate (bit/s)': '100000',
      'loss (0 to 1)': '0.05',
      path: '',
    })
  })

  it('leaves empty what was not measured', () => {
    const rows = tableOf(summariseStats(report, null, options))
    expect(rows[2]).toMatchObject({ 'bitrate (bit/s)': '', freezes: '0' })
  })

  it('lets no peer write a formula or another row', () => {
    const streams = summary.streams.map((stream) => ({
      ...stream,
      codec: '=HYPERLINK("http://x")\r\n,',
      mid: '@1\n"',
    }))
    const text = csvRows({ summary: { ...summary, streams }, report: now })
    expect(text.split('\r\n').filter((line) => line.startsWith('=') || line.includes(',='))).toEqual([])
    expect(text).toContain(`"'=HYPERLINK(""http://x"")`)
  })
})

describe('metrics', () => {
  const read = (sample: StatsSummary | undefined) =>
    new Map(describeMetrics(() => sample).map((metric) => [metric.name, metric.read()]))

  it('have the base units of Prometheus and the stream in labels', () => {
    const metrics = read(summary)
    expect(metrics.get('webrtc_connected')).toEqual([{ labels: {}, value: 1 }])
    expect(metrics.get('webrtc_stream_loss_ratio')).toContainEqual({
      labels: { direction: 'inbound', kind: 'video', stream: 'mid 0, ssrc 432696108' },
      value: 0.05,
    })
    expect(metrics.get('webrtc_stream_rtt_seconds')?.map(({ value }) => value)).toEqual([0.001, 0.001])
    expect(metrics.get('webrtc_candidate_pair_info')).toEqual([
      { labels: { path: 'direct', local: 'host', remote: 'host', protocol: 'udp' }, value: 1 },
    ])
  })

  it('have names that Prometheus takes, each once', () => {
    const names = [...read(undefined).keys()]
    expect(names.filter((name) => !/^webrtc(_[a-z]+)+$/.test(name))).toEqual([])
    expect(names).toHaveLength(describeMetrics(() => undefined).length)
    expect(names).toContain('webrtc_transport_bytes_sent')
  })

  it('have no value where nothing was measured', () => {
    const metrics = read(undefined)
    expect(metrics.get('webrtc_connected')).toEqual([{ labels: {}, value: 0 }])
    expect([...metrics.values()].flat()).toHaveLength(1)
    expect(read(summary).get('webrtc_available_incoming_bits_per_second')).toEqual([])
  })

  it('have labels of one short visible line', () => {
    const streams = summary.streams.map((stream) => ({ ...stream, mid: `\u001b[2J\n"${'x'.repeat(500)}` }))
    const [first] = read({ ...summary, streams }).get('webrtc_stream_bytes') ?? []
    expect(first?.labels['stream']).toMatch(/^mid \[2J"x{1,64}$/)
    expect(first?.labels['stream']?.length).toBeLessThanOrEqual(64)
  })
})
