import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pace, type PaceCounters } from '../../src/async/pace.js'
import { createFakeClock, type FakeClock } from '../support/fake-clock.js'

interface Run {
  counters: PaceCounters
  ticks: { index: number; atMs: number }[]
  delays: readonly number[]
}

/** Paces on a fake clock and aborts within the tick numbered `lastTick`. */
async function run(
  lastTick: number,
  options: { intervalMs: number; maxCatchUp?: number },
  onTick: (clock: FakeClock, index: number) => void = () => undefined,
  clock = createFakeClock(),
): Promise<Run> {
  const abort = new AbortController()
  const startMs = clock.now()
  const ticks: Run['ticks'] = []
  const counters = await pace({
    ...options,
    clock,
    signal: abort.signal,
    onTick(index) {
      ticks.push({ index, atMs: clock.now() - startMs })
      onTick(clock, index)
      if (ticks.length === lastTick) abort.abort()
    },
  })
  return { counters, ticks, delays: clock.delays }
}

describe('pace', () => {
  it('ticks at once and then at each interval', async () => {
    const { ticks, counters } = await run(4, { intervalMs: 10 })
    expect(ticks).toEqual([
      { index: 0, atMs: 0 },
      { index: 1, atMs: 10 },
      { index: 2, atMs: 20 },
      { index: 3, atMs: 30 },
    ])
    expect(counters).toEqual({ ticks: 4, dropped: 0 })
  })

  it('does not drift: 30 a second are 3000 in 100 s, though timers know whole milliseconds only', async () => {
    const { ticks, counters } = await run(3001, { intervalMs: 1000 / 30 })
    expect(counters.dropped).toBe(0)
    expect(ticks.at(-1)?.index).toBe(3000)
    expect(ticks.at(-1)?.atMs).toBeGreaterThanOrEqual(100_000)
    expect(ticks.at(-1)?.atMs).toBeLessThan(100_001)
  })

  it('does not add up the lateness of its timer', async () => {
    const clock = createFakeClock(() => 3)
    const { ticks } = await run(101, { intervalMs: 10 }, undefined, clock)
    expect(ticks.at(-1)).toEqual({ index: 100, atMs: 1003 })
  })

  it('makes up for late ticks at once', async () => {
    const { ticks, counters } = await run(6, { intervalMs: 10, maxCatchUp: 3 }, (clock, index) => {
      if (index === 1) clock.advance(25)
    })
    expect(ticks).toEqual([
      { index: 0, atMs: 0 },
      { index: 1, atMs: 10 },
      { index: 2, atMs: 35 },
      { index: 3, atMs: 35 },
      { index: 4, atMs: 40 },
      { index: 5, atMs: 50 },
    ])
    expect(counters).toEqual({ ticks: 6, dropped: 0 })
  })

  it('drops and counts what is more than maxCatchUp intervals late', async () => {
    const { ticks, counters } = await run(4, { intervalMs: 10, maxCatchUp: 1 }, (clock, index) => {
      if (index === 0) clock.advance(105)
    })
    expect(ticks.map(({ index }) => index)).toEqual([0, 9, 10, 11])
    expect(counters).toEqual({ ticks: 4, dropped: 8 })
  })

  it('waits between ticks that each take longer than the interval', async () => {
    const { delays } = await run(5, { intervalMs: 10, maxCatchUp: 0 }, (clock) => clock.advance(15))
    expect(delays).toHaveLength(4)
  })

  it('waits for a tick that is a promise', async () => {
    const abort = new AbortController()
    const order: string[] = []
    await pace({
      intervalMs: 10,
      clock: createFakeClock(),
      signal: abort.signal,
      async onTick(index) {
        order.push(`start ${index}`)
        await Promise.resolve()
        order.push(`end ${index}`)
        if (index === 1) abort.abort()
      },
    })
    expect(order).toEqual(['start 0', 'end 0', 'start 1', 'end 1'])
  })

  it('resolves without a tick when the signal was aborted before', async () => {
    const counters = await pace({
      intervalMs: 10,
      signal: AbortSignal.abort(),
      onTick: () => expect.unreachable(),
    })
    expect(counters).toEqual({ ticks: 0, dropped: 0 })
  })

  it('resolves when the signal aborts while it waits', async () => {
    const abort = new AbortController()
    const counters = await pace({
      intervalMs: 60_000,
      signal: abort.signal,
      onTick: () => queueMicrotask(() => setImmediate(() => abort.abort())),
    })
    expect(counters).toEqual({ ticks: 1, dropped: 0 })
  })

  it('rejects with what a tick throws', async () => {
    const failure = new Error('closed')
    const paced = pace({
      intervalMs: 10,
      clock: createFakeClock(),
      signal: new AbortController().signal,
      onTick() {
        throw failure
      },
    })
    await expect(paced).rejects.toBe(failure)
  })

  it('accounts for every slot once, whatever the delays', async () => {
    const lateness = fc.array(fc.double({ min: 0, max: 80, noNaN: true }), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(lateness, fc.integer({ min: 0, max: 5 }), async (lateMs, maxCatchUp) => {
        const clock = createFakeClock((wait) => lateMs[wait % lateMs.length] ?? 0)
        const { ticks, counters } = await run(40, { intervalMs: 10, maxCatchUp }, undefined, clock)
        const indexes = ticks.map(({ index }) => index)
        expect(indexes).toEqual([...new Set(indexes)].toSorted((a, b) => a - b))
        expect(counters.ticks + counters.dropped).toBe((indexes.at(-1) ?? -1) + 1)
        for (const { index, atMs } of ticks) {
          expect(atMs).toBeGreaterThanOrEqual(index * 10 - 1e-4)
          expect(atMs).toBeLessThan((index + maxCatchUp + 1) * 10 + 1e-4)
        }
      }),
      { numRuns: 50 },
    )
  })
})
