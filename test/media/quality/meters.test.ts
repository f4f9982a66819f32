import { describe, expect, it } from 'vitest'
import { createFrameLedger } from '../../../src/media/quality/frame-ledger.js'
import { createFreezeMeter } from '../../../src/media/quality/freeze-meter.js'
import { createLatencyMeter } from '../../../src/media/quality/latency-meter.js'
import { psnrOf, ssimOf } from '../../../src/media/quality/likeness.js'
import { createSkewMeter } from '../../../src/media/quality/skew-meter.js'
import { createStillnessMeter } from '../../../src/media/quality/stillness-meter.js'
import { createBars } from '../../../src/media/bars.js'
import { i420Bytes, type VideoFrame } from '../../../src/media/ports.js'

describe('the account of numbered pictures', () => {
  it.each([
    ['all of them', [0, 1, 2, 3], { received: 4, lost: 0, duplicated: 0 }],
    ['begins with the first that arrives', [70, 71, 75], { received: 3, lost: 3, duplicated: 0 }],
    ['one twice', [0, 1, 1, 2], { received: 3, lost: 0, duplicated: 1 }],
    ['one late', [0, 1, 3, 2, 4], { received: 5, lost: 0, duplicated: 0 }],
    ['one late and twice', [0, 3, 2, 2], { received: 3, lost: 1, duplicated: 1 }],
    ['numbers that start over', [2 ** 32 - 1, 0, 2], { received: 3, lost: 1, duplicated: 0 }],
    ['another sender', [9_000, 9_001, 3, 4], { received: 4, lost: 0, duplicated: 0 }],
    ['a wild number', [1, 3_000_000_000, 3_000_000_001], { received: 3, lost: 0, duplicated: 0 }],
    ['none', [], { received: 0, lost: 0, duplicated: 0 }],
  ])('%s', (_what, ids, expected) => {
    const ledger = createFrameLedger()
    for (const id of ids) ledger.add(id)
    expect(ledger.count()).toEqual(expected)
  })
})

describe('a freeze', () => {
  const feed = (...intervals: number[]) => {
    const meter = createFreezeMeter()
    let nowMs = 500
    meter.add(nowMs)
    for (const interval of intervals) meter.add((nowMs += interval))
    return { meter, nowMs }
  }
  const steady = Array.from({ length: 30 }, () => 33)

  it.each([
    ['nothing at 30 frames per second', [...steady], { freezes: 0, freezeMs: 0 }],
    ['an interval just short of the mean and 150 ms', [...steady, 182], { freezes: 0, freezeMs: 0 }],
    ['one just above it', [...steady, 184], { freezes: 1, freezeMs: 184 }],
    ['three times the mean where that is more', [...steady.map(() => 200), 590], { freezes: 0, freezeMs: 0 }],
    ['more than that', [...steady.map(() => 200), 610], { freezes: 1, freezeMs: 610 }],
    ['nothing before there is a mean', [33, 33, 2_000], { freezes: 0, freezeMs: 0 }],
  ])('is %s', (_what, intervals, expected) => {
    const { meter, nowMs } = feed(...intervals)
    expect(meter.count(nowMs)).toEqual(expected)
  })

  it('counts while it lasts', () => {
    const { meter, nowMs } = feed(...steady)
    expect(meter.count(nowMs + 900)).toEqual({ freezes: 0, freezeMs: 0 })
    expect(meter.count(nowMs + 1_100)).toEqual({ freezes: 1, freezeMs: 1_100 })
  })
})

describe('latency', () => {
  it('is measured between any two clocks', () => {
    const meter = createLatencyMeter()
    // The sender's clock is about to start over and 7 s ahead of ours.
    for (let frame = 0; frame < 100; frame++) {
      const sentHereMs = 2 ** 32 - 8_000 + frame * 33
      meter.add((sentHereMs + 7_000) >>> 0, sentHereMs + 20 + frame)
    }
    expect(meter.measure(7_000)).toEqual({ p50: 69, p95: 114, max: 119 })
  })

  it('is unknown before the first picture', () => {
    expect(createLatencyMeter().measure(0)).toBeNull()
  })
})

describe('likeness', () => {
  const picture = createBars({ width: 64, height: 48, frameRate: 30 }).draw(3)
  const changed = (change: (value: number, at: number) => number): VideoFrame => ({
    ...picture,
    data: picture.data.map(change),
  })

  it('is whole for the same picture', () => {
    expect([psnrOf(picture, picture), ssimOf(picture, picture)]).toEqual([100, 1])
  })

  it('is 42.1 dB where every sample is off by two, and 28.1 dB by ten', () => {
    expect(
      psnrOf(
        picture,
        changed((value) => value + 2),
      ),
    ).toBeCloseTo(42.11, 2)
    expect(
      psnrOf(
        picture,
        changed((value) => value + 10),
      ),
    ).toBeCloseTo(28.13, 2)
  })

  it('falls with noise, and more than with a change of brightness', () => {
    const brighter = ssimOf(
      picture,
      changed((value) => value + 8),
    )
    const noisy = ssimOf(
      picture,
      changed((value, at) => value + (at % 2 === 0 ? 8 : -8)),
    )
    expect(brighter).toBeGreaterThan(0.9)
    expect(noisy).toBeLessThan(brighter)
  })
})

describe('stillness', () => {
  const bars = createBars({ width: 320, height: 240, frameRate: 30 })
  const black = { width: 320, height: 240, data: new Uint8Array(i420Bytes(320, 240)).fill(16) }
  const run = (count: number, frameAt: (index: number) => VideoFrame) => {
    const meter = createStillnessMeter()
    for (let index = 0; index < count; index++) meter.add(frameAt(index), 1_000 + index * 100)
    return meter.measure()
  }

  it('sees a picture that moves', () => {
    expect(run(30, (index) => bars.draw(index))).toEqual({ stillMs: 0, blackMs: 0 })
  })

  it('sees one that stands, although pictures come and an encoder adds its noise', () => {
    const noisy = (index: number) => {
      const frame = bars.draw(0)
      return { ...frame, data: frame.data.map((value, at) => value + ((at + index) % 5)) }
    }
    expect(run(31, noisy)).toEqual({ stillMs: 3_000, blackMs: 0 })
  })

  it('adds up what stood before and after', () => {
    const stops = (index: number) => bars.draw(index < 15 ? 0 : 30)
    expect(run(30, stops).stillMs).toBe(1_400 + 1_400)
  })

  it('sees black', () => {
    expect(run(21, (index) => (index >= 10 ? black : bars.draw(index)))).toMatchObject({ blackMs: 1_000 })
  })
})

describe('skew', () => {
  const SECONDS = 5
  /** Sound that comes `lateMs` after its picture; both arrive `delayMs` after they were sent. */
  const skewOf = (lateMs: number, delayMs = 120) => {
    const meter = createSkewMeter()
    for (let at = 0; at < SECONDS * 1_000; at += 10) {
      if (at % 40 === 0) meter.addPicture(at, 7_000 + at + delayMs)
      const samples = new Int16Array(480).fill(at % 1_000 < 100 ? 9_000 : 0)
      meter.addSound({ samples, sampleRate: 48_000, channelCount: 1 }, 7_000 + at + delayMs + lateMs)
    }
    return meter.measure()
  }

  it.each([0, 45, -60, 300])('of %d ms is found', (lateMs) => {
    expect(skewOf(lateMs)).toBeCloseTo(lateMs, 0)
  })

  it('is unknown without beeps', () => {
    expect(createSkewMeter().measure()).toBeNull()
  })
})
