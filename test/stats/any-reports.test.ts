import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import * as v from 'valibot'
import { statsSummarySchema } from '../../src/events/stats.js'
import { FIGURES } from '../../src/figures/figures.js'
import type { RawStats } from '../../src/session/ports.js'
import { summariseStats } from '../../src/stats/summary.js'
import { laterReport, report } from './later-report.js'

const options = { side: 'local', startedMs: 1795230457316.503 } as const

/** What a stack, or an older or newer one, may have in place of a field. */
const anyValue = fc.oneof(
  { weight: 6, arbitrary: fc.constant('as it is' as const) },
  { weight: 2, arbitrary: fc.constant('reset' as const) },
  { weight: 2, arbitrary: fc.constant('absent' as const) },
  { weight: 1, arbitrary: fc.constant('strange' as const) },
)

/** The report with some counters reset, some fields missing and some of another type, at any time. */
const anyReport = fc
  .record({
    seed: fc.array(anyValue, { minLength: 97, maxLength: 97 }),
    elapsedMs: fc.integer({ min: -5000, max: 5000 }),
    renamed: fc.boolean(),
    kept: fc.integer({ min: 0, max: report.length }),
  })
  .map(({ seed, elapsedMs, renamed, kept }) => {
    let index = 0
    return laterReport(elapsedMs)
      .slice(0, kept)
      .map((stats) => {
        const changed = Object.entries(stats).map(([field, value]): [string, unknown] => {
          const change = seed[index++ % seed.length]
          if (field === 'id') return [field, renamed ? `${stats.id}-again` : value]
          if (field === 'type' || field === 'timestamp' || change === 'as it is') return [field, value]
          if (change === 'reset') return [field, typeof value === 'number' ? 0 : value]
          return [field, change === 'absent' ? undefined : Number.NaN]
        })
        const { id, type, timestamp } = stats
        return { id, type, timestamp, ...Object.fromEntries(changed) } satisfies RawStats
      })
  })

/** Every number in it, with the path to it. */
function numbersOf(value: unknown, path = ''): [string, number][] {
  if (typeof value === 'number') return [[path, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => numbersOf(inner, `${path}.${key}`))
}

/** Only losses can be negative: duplicates count against them (RFC 3550 §6.4.1). */
function isPossible(path: string, value: number): boolean {
  if (!Number.isFinite(value)) return false
  if (path.endsWith('packetsLost')) return true
  return value >= 0 && (!path.endsWith('Ratio') || value <= 1)
}

it('is a summary by the contract, whatever counters reset, fields miss and clocks do', () => {
  fc.assert(
    fc.property(anyReport, anyReport, (current, previous) => {
      const summary = summariseStats(current, previous, options)
      expect(v.is(statsSummarySchema, summary)).toBe(true)
      expect(numbersOf(summary).filter(([path, value]) => !isPossible(path, value))).toEqual([])
    }),
    { numRuns: 200 },
  )
})

it('has no rate where no time passed, the clock went back, or a stream is another one than before', () => {
  fc.assert(
    fc.property(fc.integer({ min: -10_000, max: 0 }), (elapsedMs) => {
      const { streams, transport } = summariseStats(laterReport(elapsedMs), report, options)
      const rates = [...streams, transport ?? {}].flatMap((part) =>
        Object.entries(part).filter(
          ([name]) => /itrate$|PerSecond$/.test(name) && !/^target|^frames|^source/.test(name),
        ),
      )
      expect(rates.length).toBeGreaterThan(20)
      expect(rates.filter(([, value]) => value !== null)).toEqual([])
    }),
  )
  const renamed = laterReport(1000).map((stats) => ({ ...stats, id: `${stats.id}-again` }))
  const { streams } = summariseStats(renamed, report, options)
  expect(streams).toHaveLength(4)
  for (const { bitrate, codingMs, qp, jitterBufferDelayMs } of streams) {
    expect([bitrate, codingMs, qp, jitterBufferDelayMs]).toEqual([null, null, null, null])
  }
})

it('gives every figure of a stream a number, a word or null', () => {
  const summary = summariseStats(laterReport(1000), report, options)
  const strange = FIGURES.flatMap(({ name, source }) =>
    source.over === 'samples'
      ? source.read({ event: 'stats', summary }).map(({ value }): [string, unknown] => [name, value])
      : [],
  ).filter(([, value]) => value !== null && typeof value !== 'string' && !Number.isFinite(value))
  expect(strange).toEqual([])
})
