import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AudioPattern } from '../../src/media/ports.js'
import { createSilence } from '../../src/media/silence.js'
import { createTone } from '../../src/media/tone.js'

function take(source: AudioPattern, blocks: number): number[] {
  return Array.from({ length: blocks }, () => [...source.next(0).samples]).flat()
}

describe('createTone', () => {
  it.each([
    [8000, 1, 80],
    [44_100, 1, 441],
    [48_000, 1, 480],
    [48_000, 2, 960],
  ])('gives 10 ms at %i Hz and %i channels on a buffer of its own', (sampleRate, channelCount, length) => {
    const tone = createTone({ sampleRate, channelCount })
    const block = tone.next(0)
    expect(block).toMatchObject({ sampleRate, channelCount })
    expect(block.samples).toHaveLength(length)
    expect(block.samples.buffer.byteLength).toBe(length * 2)
    expect(tone.next(0).samples.buffer).not.toBe(block.samples.buffer)
  })

  it('is the sine of its frequency at half of full scale, across the seams', () => {
    const samples = take(createTone({ frequency: 440 }), 10)
    const sine = samples.map((_, n) => 0.5 * 32_767 * Math.sin((2 * Math.PI * 440 * n) / 48_000))
    const worst = Math.max(...samples.map((sample, n) => Math.abs(sample - (sine[n] ?? Number.NaN))))
    expect(worst).toBeLessThanOrEqual(0.5 + 1e-6)
  })

  it('is the same on each channel', () => {
    const stereo = take(createTone({ frequency: 1000, channelCount: 2 }), 3)
    expect(stereo.filter((_, n) => n % 2 === 0)).toEqual(stereo.filter((_, n) => n % 2 === 1))
    expect(stereo.filter((_, n) => n % 2 === 0)).toEqual(take(createTone({ frequency: 1000 }), 3))
  })

  it('never steps by more than the sine does between two samples', () => {
    const frequencies = fc.double({ min: 20, max: 5000, noNaN: true })
    fc.assert(
      fc.property(frequencies, fc.double({ min: 0.01, max: 1, noNaN: true }), (frequency, amplitude) => {
        const samples = take(createTone({ frequency, amplitude }), 4)
        const steepest = amplitude * 32_767 * 2 * Math.sin((Math.PI * frequency) / 48_000) + 1
        const steps = samples.slice(1).map((sample, n) => Math.abs(sample - (samples[n] ?? 0)))
        expect(Math.max(...steps)).toBeLessThanOrEqual(steepest)
      }),
      { numRuns: 30 },
    )
  })
})

describe('createSilence', () => {
  it('gives 10 ms of zeros', () => {
    const block = createSilence({ channelCount: 2 }).next(0)
    expect(block).toEqual({ samples: new Int16Array(960), sampleRate: 48_000, channelCount: 2 })
  })
})
