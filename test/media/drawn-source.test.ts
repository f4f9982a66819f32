import { describe, expect, it } from 'vitest'
import { createBeep } from '../../src/media/beep.js'
import { timecode } from '../../src/media/clock.js'
import { parseColour } from '../../src/media/colour.js'
import { createVideoPattern, openDrawnAudio, type DrawnVideoSpec } from '../../src/media/drawn-source.js'
import { i420Bytes, type VideoFrame } from '../../src/media/ports.js'
import { createVolume } from '../../src/media/volume.js'

const SIZE = { width: 160, height: 120, frameRate: 30 }
const FORMAT = { sampleRate: 48_000, channelCount: 1, volume: 1 }

const SPECS: DrawnVideoSpec[] = [
  { kind: 'bars' },
  { kind: 'motion' },
  { kind: 'clock' },
  { kind: 'snow', seed: 1 },
  { kind: 'colour', colour: { y: 81, u: 90, v: 240 } },
]

function luma({ width, height, data }: VideoFrame): Uint8Array {
  return data.subarray(0, width * height)
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0) / a.length
}

describe.each(SPECS)('the picture of $kind', (spec) => {
  it('follows from its index alone, whatever was drawn before', () => {
    const one = createVideoPattern(spec, SIZE)
    const other = createVideoPattern(spec, SIZE)
    for (const index of [7, 3, 100, 0]) other.draw(index)
    expect(other.draw(31).data).toEqual(one.draw(31).data)
  })

  it.each([
    [161, 121],
    [16, 16],
    [17, 4096],
  ])('has exactly the bytes of its size at %sx%s', (width, height) => {
    const { data } = createVideoPattern(spec, { width, height, frameRate: 1 }).draw(1)
    expect(data.length).toBe(i420Bytes(width, height))
    expect(data.buffer.byteLength).toBe(i420Bytes(width, height))
  })
})

describe('motion', () => {
  it('changes all over from frame to frame', () => {
    const motion = createVideoPattern({ kind: 'motion' }, SIZE)
    const before = luma(motion.draw(10)).slice()
    const after = luma(motion.draw(11))
    expect(meanDifference(before, after)).toBeGreaterThan(1)
    expect(before.filter((value, at) => value !== after[at]).length).toBeGreaterThan(before.length / 2)
  })
})

describe('noise', () => {
  it('is another one for another frame and another seed', () => {
    const first = createVideoPattern({ kind: 'snow', seed: 1 }, SIZE)
    const frame = luma(first.draw(0)).slice()
    expect(meanDifference(frame, luma(first.draw(1)))).toBeGreaterThan(60)
    const second = createVideoPattern({ kind: 'snow', seed: 2 }, SIZE)
    expect(meanDifference(frame, luma(second.draw(0)))).toBeGreaterThan(60)
  })
})

describe('clock', () => {
  it.each([
    [0, 0, '00:00:00:00'],
    [3661, 7, '01:01:01:07'],
    [360_000, 29, '100:00:00:29'],
  ])('writes second %s, frame %s as %s', (second, frame, expected) => {
    expect(timecode(second, frame)).toBe(expected)
  })

  it('flashes above the time for the first tenth of each second', () => {
    const clock = createVideoPattern({ kind: 'clock' }, SIZE)
    const whites = (index: number) =>
      luma(clock.draw(index))
        .subarray(0, 160 * 52)
        .filter((value) => value === 235).length
    expect([0, 2, 3, 29, 30].map((index) => whites(index) > 0)).toEqual([true, true, false, false, true])
  })
})

describe('colours', () => {
  it.each([
    ['white', 235, 128, 128],
    ['black', 16, 128, 128],
    ['#00f', 41, 240, 110],
    ['#008000', 81, 91, 81],
  ])('%s is %s, %s, %s in BT.601', (text, y, u, v) => {
    expect(parseColour(text)).toEqual({ y, u, v })
  })

  it('knows no other words', () => {
    expect(parseColour('reddish')).toBeUndefined()
    expect(parseColour('#ffff')).toBeUndefined()
  })
})

describe('beep', () => {
  it('begins with each second and lasts a tenth of it', () => {
    const beep = createBeep({ sampleRate: 48_000, channelCount: 1 })
    const sounding = Array.from({ length: 250 }, (_, index) =>
      beep.next(index).samples.some((sample) => sample !== 0),
    )
    const loud = sounding.flatMap((isLoud, index) => (isLoud ? [index] : []))
    const tens = (start: number) => Array.from({ length: 10 }, (_, index) => start + index)
    expect(loud).toEqual([...tens(0), ...tens(100), ...tens(200)])
  })

  it('has the same phase in every block', () => {
    const block = createBeep({ sampleRate: 44_100, channelCount: 2 }).next(0).samples
    expect(block.length).toBe(882)
    expect([block[0], block[1]]).toEqual([0, 0])
    expect(Math.max(...block)).toBeGreaterThan(16_000)
  })
})

describe('noise to hear', () => {
  it('is the same for the same seed and has the level it says', () => {
    const take = (seed: number) => {
      const source = openDrawnAudio({ kind: 'hiss', seed }, FORMAT)
      return Array.from({ length: 100 }, (_, index) => [...(source.next(index)?.samples ?? [])]).flat()
    }
    const samples = take(1)
    expect(samples).toEqual(take(1))
    expect(samples).not.toEqual(take(2))
    const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length) / 32_768
    expect(rms).toBeCloseTo(0.0577, 2)
  })
})

describe('volume', () => {
  it('multiplies every sample', () => {
    const block = { samples: Int16Array.from([1000, -1000, 3]), sampleRate: 48_000, channelCount: 1 }
    expect([...createVolume(0.5)(block, { index: 0, sequence: 0 }).samples]).toEqual([500, -500, 2])
  })
})
