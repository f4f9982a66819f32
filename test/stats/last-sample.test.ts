import { expect, it } from 'vitest'
import { PeerError } from '../../src/errors.js'
import type { RawStats } from '../../src/session/ports.js'
import { sampleStats, type SampleStatsOptions } from '../../src/stats/sample-stats.js'
import { createFakeClock } from '../support/fake-clock.js'
import { ids, laterReport } from './later-report.js'

/** Samples a connection on which 1000 bytes are sent each second, which is left after `lifeMs`. */
async function sampleUntil(
  lifeMs: number,
  options: Partial<SampleStatsOptions>,
  afterwards?: () => Promise<RawStats[]>,
) {
  const clock = createFakeClock()
  const startMs = clock.now()
  const leaving = new AbortController()
  const samples: { taken: string; elapsedMs: number; bitrate: number | null | undefined }[] = []
  const getStats = async (): Promise<RawStats[]> => {
    if (leaving.signal.aborted && afterwards) return afterwards()
    const elapsedMs = clock.now() - startMs
    return laterReport(elapsedMs, { [ids.transport]: { bytesSent: elapsedMs } })
  }
  await sampleStats(getStats, {
    intervalMs: 1_000,
    signal: leaving.signal,
    clock: {
      now: () => clock.now(),
      async delay(delayMs, rest) {
        const leftMs = startMs + lifeMs - clock.now()
        await clock.delay(Math.min(delayMs, leftMs), rest)
        if (delayMs >= leftMs) leaving.abort()
      },
    },
    onSample: ({ summary: { elapsedMs, transport }, taken }) =>
      samples.push({ taken, elapsedMs, bitrate: transport?.sendBitrate }),
    ...options,
  })
  return samples
}

it('is taken when the session is left, where it is asked for', async () => {
  expect(await sampleUntil(1_700, { lastTimeoutMs: 500, reportBaseline: true })).toEqual([
    { taken: 'baseline', elapsedMs: 0, bitrate: null },
    { taken: 'interval', elapsedMs: 1_000, bitrate: 8_000 },
    { taken: 'last', elapsedMs: 1_700, bitrate: 8_000 },
  ])
  expect((await sampleUntil(1_700, {})).map(({ taken }) => taken)).toEqual(['interval'])
})

it('gives a run shorter than one interval its rates', async () => {
  expect(await sampleUntil(300, { lastTimeoutMs: 500 })).toEqual([
    { taken: 'last', elapsedMs: 300, bitrate: 8_000 },
  ])
})

it('covers more than the rest of an interval', async () => {
  const samples = await sampleUntil(2_100, { lastTimeoutMs: 500 })
  expect(samples.at(-1)).toEqual({ taken: 'last', elapsedMs: 2_100, bitrate: 8_000 })
})

it.each([
  ['is closed', () => Promise.reject(new PeerError('PEER_LOST', 'closed'))],
  ['does not answer', () => new Promise<RawStats[]>(() => undefined)],
])('is not waited for on a connection that %s', async (_what, afterwards) => {
  expect((await sampleUntil(1_700, { lastTimeoutMs: 50 }, afterwards)).map(({ taken }) => taken)).toEqual([
    'interval',
  ])
})

it('is asked for again where the stack gives the report before once more', async () => {
  const cached = laterReport(1_000, { [ids.transport]: { bytesSent: 1_000 } })
  const fresh = laterReport(1_040, { [ids.transport]: { bytesSent: 1_040 } })
  const answers = [cached, fresh]
  const samples = await sampleUntil(1_020, { lastTimeoutMs: 500 }, () =>
    Promise.resolve(answers.shift() ?? fresh),
  )
  expect(samples.at(-1)).toEqual({ taken: 'last', elapsedMs: 1_040, bitrate: 8_000 })
})
