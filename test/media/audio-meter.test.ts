import { describe, expect, it } from 'vitest'
import { createAudioMeter, type AudioMeter } from '../../src/media/audio-meter.js'
import type { AudioPattern } from '../../src/media/ports.js'
import { createSilence } from '../../src/media/silence.js'
import { createTone } from '../../src/media/tone.js'

function listen(source: AudioPattern, blocks: number, meter: AudioMeter = createAudioMeter()): AudioMeter {
  for (let block = 0; block < blocks; block++) meter.add(source.next(0))
  return meter
}

/** Noise of a fixed seed (a linear congruential generator), at `amplitude` of full scale. */
function addNoise(source: AudioPattern, amplitude: number): AudioPattern {
  let state = 1
  const noise = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return (state / 1_073_741_824 - 1) * amplitude * 32_767
  }
  return {
    next() {
      const block = source.next(0)
      return { ...block, samples: block.samples.map((sample) => sample + noise()) }
    },
  }
}

describe('createAudioMeter', () => {
  it('knows nothing before the first block', () => {
    expect(createAudioMeter().measure()).toEqual({
      blocks: 0,
      sampleRate: null,
      channelCount: null,
      rms: null,
      frequency: null,
    })
  })

  it.each([20, 50, 100, 440, 1000, 4410.5, 12_000, 19_999, 20_000])(
    'finds a tone of %d Hz within 1 Hz after a second',
    (frequency) => {
      const measured = listen(createTone({ frequency }), 100).measure().frequency ?? Number.NaN
      expect(Math.abs(measured - frequency)).toBeLessThanOrEqual(1)
    },
  )

  it.each([100, 440, 3000, 15_000])('finds a tone of %d Hz within 1 %% after 100 ms', (frequency) => {
    const measured = listen(createTone({ frequency }), 10).measure().frequency ?? Number.NaN
    expect(Math.abs(measured / frequency - 1)).toBeLessThan(0.01)
  })

  it('finds a tone among noise and beside an offset', () => {
    const noisy = listen(addNoise(createTone({ frequency: 440 }), 0.02), 100).measure()
    expect(noisy.frequency).toBeCloseTo(440, 0)
    const tone = createTone({ frequency: 440, amplitude: 0.3 })
    const offset: AudioPattern = {
      next() {
        const block = tone.next(0)
        return { ...block, samples: block.samples.map((sample) => sample + 8000) }
      },
    }
    expect(listen(offset, 100).measure().frequency).toBeCloseTo(440, 0)
  })

  it('finds a tone with gaps in it, as a busy machine leaves them', () => {
    const tone = createTone({ frequency: 880 })
    const silence = createSilence()
    const meter = createAudioMeter()
    for (let block = 0; block < 100; block++) meter.add((block % 10 < 2 ? silence : tone).next(0))
    expect(Math.abs((meter.measure().frequency ?? 0) - 880)).toBeLessThan(5)
  })

  it.each([
    [1, Math.SQRT1_2],
    [0.5, 0.3536],
    [0.1, 0.0707],
  ])('measures the level of a sine of amplitude %d', (amplitude, rms) => {
    expect(listen(createTone({ amplitude }), 100).measure().rms).toBeCloseTo(rms, 3)
  })

  it('has a level of 0 and no frequency in silence, and no frequency in dither', () => {
    expect(listen(createSilence(), 100).measure()).toEqual({
      blocks: 100,
      sampleRate: 48_000,
      channelCount: 1,
      rms: 0,
      frequency: null,
    })
    expect(listen(createTone({ amplitude: 0.001 }), 100).measure().frequency).toBeNull()
  })

  it('ignores the 16 kHz blocks that a sink starts with', () => {
    const meter = listen(createTone({ sampleRate: 16_000, frequency: 100 }), 4)
    expect(meter.measure().blocks).toBe(0)
    listen(createTone({ frequency: 440 }), 50, meter)
    expect(meter.measure()).toMatchObject({ blocks: 50, sampleRate: 48_000 })
    expect(meter.measure().frequency).toBeCloseTo(440, -1)
  })

  it('measures a track that stays at 16 kHz', () => {
    const meter = listen(createTone({ sampleRate: 16_000, frequency: 300 }), 110)
    expect(meter.measure()).toMatchObject({ blocks: 100, sampleRate: 16_000 })
    expect(meter.measure().frequency).toBeCloseTo(300, 0)
  })

  it('forgets what was more than a second ago, and what had another format', () => {
    const meter = listen(createTone({ frequency: 440 }), 200)
    listen(createTone({ frequency: 1000 }), 100, meter)
    expect(meter.measure().frequency).toBeCloseTo(1000, 0)
    listen(createTone({ frequency: 600, channelCount: 2 }), 20, meter)
    expect(meter.measure()).toMatchObject({ blocks: 320, channelCount: 2 })
    expect(meter.measure().frequency).toBeCloseTo(600, 0)
  })

  it('copies the samples, because a sink may reuse its buffer', () => {
    const block = createTone({ frequency: 440 }).next(0)
    const meter = createAudioMeter()
    meter.add(block)
    block.samples.fill(0)
    expect(meter.measure().rms).toBeGreaterThan(0.3)
  })
})
