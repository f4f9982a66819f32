import { describe, expect, it } from 'vitest'
import { createAudioMeter } from '../../src/media/audio-meter.js'
import { createBars } from '../../src/media/bars.js'
import { pumpAudio, pumpVideo } from '../../src/media/pump.js'
import type { AudioBlock, VideoFrame } from '../../src/media/ports.js'
import { createTone } from '../../src/media/tone.js'
import { createFakeClock } from '../support/fake-clock.js'

/** An output that aborts the pump after `count` writes. */
function createOutput<T>(count: number, onWrite: (item: T) => void = () => undefined) {
  const abort = new AbortController()
  let writes = 0
  return {
    signal: abort.signal,
    write(item: T) {
      onWrite(item)
      if (++writes === count) abort.abort()
    },
  }
}

describe('pumpVideo', () => {
  it('draws the frames in order at the frame rate', async () => {
    const clock = createFakeClock()
    const startMs = clock.now()
    const frames: number[] = []
    const output = createOutput<VideoFrame>(16)
    const bars = createBars({ width: 32, height: 32, frameRate: 15 })
    const source = { draw: (index: number) => (frames.push(index), bars.draw(index)) }
    const counters = await pumpVideo(source, output, { frameRate: 15, clock, signal: output.signal })
    expect(counters).toEqual({ ticks: 16, dropped: 0 })
    expect(frames).toEqual(Array.from({ length: 16 }, (_, index) => index))
    expect(Math.floor(clock.now() - startMs)).toBe(1000)
  })

  it('shows the moment after a stall, not the frames that were missed', async () => {
    const clock = createFakeClock()
    const frames: number[] = []
    const output = createOutput<VideoFrame>(4, () => {
      if (frames.length === 1) clock.advance(1000)
    })
    const bars = createBars({ width: 32, height: 32, frameRate: 10 })
    const source = { draw: (index: number) => (frames.push(index), bars.draw(index)) }
    const counters = await pumpVideo(source, output, { frameRate: 10, clock, signal: output.signal })
    expect(frames).toEqual([0, 9, 10, 11])
    expect(counters).toEqual({ ticks: 4, dropped: 8 })
  })
})

describe('pumpAudio', () => {
  it('writes a block each 10 ms and leaves the tone whole over a stall of 150 ms', async () => {
    const clock = createFakeClock()
    const startMs = clock.now()
    const meter = createAudioMeter()
    let blocks = 0
    const output = createOutput<AudioBlock>(101, (block) => {
      meter.add(block)
      if (++blocks === 50) clock.advance(150)
    })
    const counters = await pumpAudio(createTone({ frequency: 440 }), output, { clock, signal: output.signal })
    expect(counters).toEqual({ ticks: 101, dropped: 0 })
    expect(clock.now() - startMs).toBe(1000)
    expect(meter.measure().frequency).toBeCloseTo(440, 0)
  })

  it('drops what is more than 200 ms late without a step in the tone', async () => {
    const clock = createFakeClock()
    const samples: number[] = []
    const output = createOutput<AudioBlock>(30, (block) => {
      if (samples.length === 0) clock.advance(1000)
      samples.push(...block.samples)
    })
    const counters = await pumpAudio(createTone({ frequency: 333 }), output, { clock, signal: output.signal })
    expect(counters).toEqual({ ticks: 30, dropped: 79 })
    const tone = createTone({ frequency: 333 })
    expect(samples).toEqual(Array.from({ length: 30 }, () => [...tone.next().samples]).flat())
  })
})
