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
