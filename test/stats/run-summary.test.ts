import { expect, it } from 'vitest'
import * as v from 'valibot'
import { runSummarySchema } from '../../src/events/stats.js'
import { createRunSummary } from '../../src/stats/run-summary.js'
import { summariseStats } from '../../src/stats/summary.js'
import { ids, laterReport, report } from './later-report.js'

const options = { side: 'local', startedMs: 1795230460316.503 } as const

it('has each figure of each stream over the run, and the names of those that nobody measured', () => {
  const run = createRunSummary()
  expect(run.summarise()).toBeUndefined()
  run.add({ summary: summariseStats(report, null, options) })
  for (const second of [1, 2, 3, 4]) {
    const at = (time: number) =>
      laterReport(time * 1000, { [ids.inboundVideo]: { bytesReceived: 12_500 * time ** 2 } })
    run.add({ summary: summariseStats(at(second), at(second - 1), options) })
  }
  const summary = run.summarise()
  expect(v.is(runSummarySchema, summary)).toBe(true)
  expect(summary).toMatchObject({ durationMs: 5000, samples: 5 })
  const bitrate = summary?.figures.find(({ figure }) => figure === 'inbound.video.bitrate')
  expect(bitrate).toMatchObject({
    of: 'mid 0, ssrc 432696108',
    kind: 'bitrate',
    over: 'interval',
    samples: 4,
    last: 700_000,
    min: 100_000,
    max: 700_000,
    mean: 400_000,
  })
  expect(bitrate?.p50).toBeCloseTo(300_000, -4)
  const bytes = summary?.figures.find(({ figure }) => figure === 'inbound.video.bytes')
  expect(bytes).toMatchObject({ over: 'run', kind: 'bytes', last: 233_787 })
  expect(summary?.notMeasured).toContain('available.incoming')
  expect(summary?.notMeasured).not.toContain('inbound.video.bitrate')
})

it('sums up no more streams than a peer may have', () => {
  const run = createRunSummary()
  const summary = summariseStats(report, null, options)
  const [stream] = summary.streams
  if (stream === undefined) throw new Error('the report has streams')
  for (let ssrc = 0; ssrc < 1000; ssrc++) run.add({ summary: { ...summary, streams: [{ ...stream, ssrc }] } })
  const packets = run.summarise()?.figures.filter(({ figure }) => figure === 'inbound.video.packets')
  expect(packets).toHaveLength(256)
})
