import { describe, expect, it } from 'vitest'
import { PathModel } from '../../src/transfer/path-model.js'

/** What probes sent every `everyMs` come back with, one after the other. */
function probed(roundTrips: readonly number[], everyMs = 20): PathModel {
  const path = new PathModel(() => true)
  for (const [index, rttMs] of roundTrips.entries()) path.add(rttMs, index * everyMs + rttMs)
  return path
}

const times = (count: number, rttMs: number) => Array.from({ length: count }, () => rttMs)

describe('PathModel', () => {
  it('does not take a loaded machine for a long path: one answer of many comes in time', () => {
    const path = probed([85, 60, 140, 35, 70, 9, 120, 95, 64, 80])
    expect(path.isKnown).toBe(true)
    expect(path.isLong).toBe(false)
  })

  it('does not decide by the first answers of a process that is busy starting', () => {
    expect(probed([180, 150, 120, 90, 60]).isKnown).toBe(false)
    expect(probed(times(20, 60), 5).isKnown).toBe(false)
  })

  it('calls a path lossy whose frames are overtaken more often than an accident', () => {
    const path = probed(times(12, 50))
    for (let frame = 0; frame < 300; frame++) path.addFrame({ overtaken: frame === 150 })
    expect(path.isLossy).toBe(false)
    // 0.5 % of packets of 1.2 kB: seven in a hundred frames of 16 KiB have one of them.
    for (let frame = 0; frame < 100; frame++) path.addFrame({ overtaken: frame % 14 === 0 })
    expect(path.isLossy).toBe(true)
    for (let frame = 0; frame < 300; frame++) path.addFrame({ overtaken: false })
    expect(path.isLossy).toBe(false)
  })

  it('takes it back when an answer comes that no long path could have given', () => {
    const path = probed(times(12, 45))
    expect(path.isLong).toBe(true)
    path.add(4, 1_000)
    expect(path.isLong).toBe(false)
  })

  it('knows a long path after a handful of answers', () => {
    const path = probed([52, 51, 53, 50, 51, 52, 51, 50, 54, 51, 50, 51])
    expect(path.isLong).toBe(true)
    expect(path.minRttMs).toBe(50)
  })

  it('does not take answers that a busy process reads late for a queue', () => {
    const late = Array.from({ length: 60 }, (_, index) => (index % 6 === 0 ? 51 : 50 + 15 * (index % 6)))
    const path = probed([...times(20, 50), ...late], 40)
    expect(path.queueMs).toBeLessThan(2)
    expect(path.scale).toBe(1)
    expect(path.isFull).toBe(false)
  })

  it('scales all windows down while every answer has stood in a queue, and up again when none has', () => {
    const path = probed([...times(20, 50), ...times(80, 130)], 40)
    expect(path.queueMs).toBe(80)
    expect(path.isFull).toBe(true)
    expect(path.scale).toBe(0.25)
    expect(path.isOverfull).toBe(true)
    for (let index = 0; index < 400; index++) path.add(50, 5_000 + index * 40)
    expect(path.scale).toBe(1)
  })
})
