import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRateMeter } from '../../src/stats/rate-meter.js'

describe('createRateMeter', () => {
  it('has no rate before bytes have passed', () => {
    const meter = createRateMeter()
    expect(meter.bytesPerSecond(1000)).toBe(0)
    meter.add(0, 1000)
    expect(meter.bytesPerSecond(1000)).toBe(0)
    expect(meter.bytesPerSecond(2000)).toBe(0)
  })

  it('counts since the start while that is less than the window', () => {
    const meter = createRateMeter({ windowMs: 5000 })
    meter.add(0, 1000)
    meter.add(3000, 1500)
    meter.add(3000, 3000)
    expect(meter.bytesPerSecond(3000)).toBe(3000)
  })

  it('forgets what is older than the window', () => {
    const meter = createRateMeter({ windowMs: 1000 })
    meter.add(0, 0)
    meter.add(90_000, 500)
    for (let atMs = 1000; atMs <= 3000; atMs += 100) meter.add(100, atMs)
    expect(meter.bytesPerSecond(3000)).toBe(1000)
  })

  it('falls to 0 within the window when nothing moves', () => {
    const meter = createRateMeter({ windowMs: 1000 })
    meter.add(0, 0)
    meter.add(1000, 1000)
    expect(meter.bytesPerSecond(1500)).toBe(1000)
    expect(meter.bytesPerSecond(2000)).toBe(0)
  })

  it('says how long the rest takes', () => {
    const meter = createRateMeter()
    expect(meter.etaMs(1000, 0)).toBeNull()
    meter.add(0, 0)
    meter.add(2000, 1000)
    expect(meter.etaMs(5000, 1000)).toBe(2500)
    expect(meter.etaMs(0, 1000)).toBe(0)
    expect(meter.etaMs(5000, 60_000)).toBeNull()
  })

  it('is within a fiftieth of a steady rate, however small the steps', () => {
    const stepMs = fc.double({ min: 0.2, max: 40, noNaN: true })
    fc.assert(
      fc.property(stepMs, fc.integer({ min: 1, max: 100_000 }), (stepMs, bytes) => {
        const meter = createRateMeter({ windowMs: 1000 })
        let nowMs = 0
        for (meter.add(0, nowMs); nowMs < 2500; nowMs += stepMs) meter.add(nowMs === 0 ? 0 : bytes, nowMs)
        const expected = (bytes * 1000) / stepMs
        const step = bytes
        expect(Math.abs(meter.bytesPerSecond(nowMs - stepMs) - expected)).toBeLessThanOrEqual(
          expected / 50 + 2 * step,
        )
      }),
      { numRuns: 40 },
    )
  })
})
