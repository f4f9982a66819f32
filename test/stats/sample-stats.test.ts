import { describe, expect, it } from 'vitest'
import { deferred } from '../../src/async/deferred.js'
import { PeerError } from '../../src/errors.js'
import type { StatsSummary } from '../../src/events.js'
import type { RawStats } from '../../src/session/ports.js'
import { sampleStats } from '../../src/stats/sample-stats.js'
import type { StatsSample } from '../../src/stats/stats-feed.js'
import { createFakeClock } from '../support/fake-clock.js'
import { ids, laterReport } from './later-report.js'

/** A getStats() on the fake clock, on whose connection 1000 bytes are sent each second. */
function createPeer() {
  const clock = createFakeClock()
  const startMs = clock.now()
  const calls: number[] = []
  const getStats = async (): Promise<RawStats[]> => {
    const elapsedMs = clock.now() - startMs
    calls.push(elapsedMs)
    return laterReport(elapsedMs, { [ids.transport]: { bytesSent: elapsedMs } })
  }
  return { clock, calls, getStats }
}

/** Aborts after `count` samples. */
function collect(count: number) {
  const abort = new AbortController()
  const summaries: StatsSummary[] = []
  const onSample = ({ summary }: StatsSample) => {
    if (summaries.push(summary) === count) abort.abort()
  }
  return { summaries, onSample, signal: abort.signal }
}

describe('sampleStats', () => {
  it('takes a baseline at once and reports each interval after it', async () => {
    const { clock, calls, getStats } = createPeer()
    const { summaries, ...sink } = collect(3)
    await sampleStats(getStats, { intervalMs: 500, clock, ...sink })
    expect(calls).toEqual([0, 500, 1000, 1500])
    expect(summaries.map(({ elapsedMs, intervalMs }) => [elapsedMs, intervalMs])).toEqual([
      [500, 500],
      [1000, 500],
      [1500, 500],
    ])
    expect(summaries.map(({ transport }) => transport?.sendBitrate)).toEqual([8000, 8000, 8000])
    expect(summaries[0]?.side).toBe('local')
  })

  it('reports the baseline where it is asked for, with the report and without rates', async () => {
    const { clock, getStats } = createPeer()
    const reports: RawStats[][] = []
    const { summaries, onSample, signal } = collect(2)
    await sampleStats(getStats, {
      intervalMs: 500,
      side: 'remote',
      startedMs: 1795230460316.503,
      reportBaseline: true,
      clock,
      signal,
      onSample(sample) {
        reports.push([...sample.report])
        onSample(sample)
      },
    })
    expect(summaries.map(({ side, elapsedMs }) => [side, elapsedMs])).toEqual([
      ['remote', 1000],
      ['remote', 1500],
    ])
    expect(summaries[0]?.transport?.sendBitrate).toBeNull()
    expect(reports).toEqual([laterReport(0), laterReport(500, { [ids.transport]: { bytesSent: 500 } })])
  })

  it('leaves out what a slow sample overlaps, and keeps to the grid', async () => {
    const { clock, calls, getStats } = createPeer()
    const { summaries, ...sink } = collect(3)
    const slowOnce = async () => {
      const report = await getStats()
      if (calls.length === 2) clock.advance(1200)
      return report
    }
    await sampleStats(slowOnce, { intervalMs: 500, clock, ...sink })
    expect(calls).toEqual([0, 500, 1700, 2000])
    expect(summaries.map(({ intervalMs }) => intervalMs)).toEqual([500, 1200, 300])
  })

  it('ends when the connection is closed', async () => {
    const { clock, calls, getStats } = createPeer()
    const { summaries, ...sink } = collect(100)
    const closing = () =>
      calls.length < 3 ? getStats() : Promise.reject(new PeerError('PEER_LOST', 'The connection is closed'))
    await sampleStats(closing, { intervalMs: 500, clock, ...sink })
    expect(summaries).toHaveLength(2)
  })

  it('ends on abort though getStats never settles', async () => {
    const abort = new AbortController()
    const asked = deferred()
    const sampled = sampleStats(
      () => {
        asked.resolve()
        return new Promise(() => undefined)
      },
      { intervalMs: 500, signal: abort.signal, onSample: () => expect.unreachable() },
    )
    await asked.promise
    abort.abort()
    await expect(sampled).resolves.toBeUndefined()
  })

  it('rejects with a failure that is not the end of the connection', async () => {
    const failure = new Error('broken')
    const sampled = sampleStats(() => Promise.reject(failure), { intervalMs: 500, ...collect(1) })
    await expect(sampled).rejects.toBe(failure)
  })
})
