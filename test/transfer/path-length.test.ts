import { describe, expect, it } from 'vitest'
import { PathLength } from '../../src/transfer/path-length.js'

/** What probes sent every 20 ms come back with, and how late timers are by then. */
function probed(roundTrips: readonly { rttMs: number; lateMs: number }[]): PathLength {
  const path = new PathLength()
  for (const [index, { rttMs, lateMs }] of roundTrips.entries()) path.add(rttMs, index * 20 + rttMs, lateMs)
  return path
}

const times = (count: number, sample: { rttMs: number; lateMs: number }) =>
  Array.from({ length: count }, () => sample)

describe('PathLength', () => {
  it('does not judge a path whose round trips are no longer than busy machines make them', () => {
    // Two peers and six busy processes on one core, as it was measured: for seconds nothing comes below 40 ms.
    const busy = [43, 93, 49, 40, 233, 81, 273, 175, 141, 148, 130, 144, 177, 141, 77]
    const path = probed(busy.map((rttMs, index) => ({ rttMs, lateMs: Math.min(100, 20 * index) })))
    expect(path.isKnown).toBe(false)
    expect(path.isLong).toBe(false)
    path.add(9, 3_000, 100)
    expect(path.isKnown).toBe(true)
    expect(path.isLong).toBe(false)
  })

  it('does not take a loaded machine for a long path: one answer of many comes in time', () => {
    const path = probed([85, 60, 140, 35, 70, 9, 120, 95, 64, 80].map((rttMs) => ({ rttMs, lateMs: 0 })))
    expect(path.isKnown).toBe(true)
    expect(path.isLong).toBe(false)
  })

  it('knows a long path after a handful of answers', () => {
    const roundTrips = [52, 51, 53, 50, 51, 52, 51, 50, 54, 51, 50, 51]
    const path = probed(roundTrips.map((rttMs) => ({ rttMs, lateMs: 0 })))
    expect(path.isLong).toBe(true)
    expect(path.minRttMs).toBe(50)
  })

  it('knows a long path though a transfer that begins makes timers a little late', () => {
    const path = probed(times(11, { rttMs: 23, lateMs: 7 }))
    expect(path.isKnown).toBe(true)
    expect(path.isLong).toBe(true)
  })

  it('does not forget that a path is long when timers are late later on', () => {
    const path = probed([...times(12, { rttMs: 50, lateMs: 1 }), ...times(12, { rttMs: 90, lateMs: 200 })])
    expect(path.isLong).toBe(true)
    expect(path.minRttMs).toBe(50)
  })

  it('does not judge by the first answers of a process that is busy starting, nor by those of an instant', () => {
    expect(probed([180, 150, 120, 90, 60].map((rttMs) => ({ rttMs, lateMs: 0 }))).isKnown).toBe(false)
    const path = new PathLength()
    for (let index = 0; index < 20; index++) path.add(60, 1_000 + 5 * index, 0)
    expect(path.isKnown).toBe(false)
  })

  it('takes it back when an answer comes that no long path could have given', () => {
    const path = probed(times(12, { rttMs: 45, lateMs: 0 }))
    expect(path.isLong).toBe(true)
    path.add(4, 1_000, 0)
    expect(path.isLong).toBe(false)
    expect(path.isKnown).toBe(true)
  })
})
