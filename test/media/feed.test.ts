import { describe, expect, it } from 'vitest'
import { PeerError } from '../../src/errors.js'
import { createAudioMeter } from '../../src/media/audio-meter.js'
import { createBars } from '../../src/media/bars.js'
import { createAudioFeed } from '../../src/media/audio-feed.js'
import { createPatternAudio, createPatternVideo } from '../../src/media/pattern-source.js'
import type { AudioBlock, AudioSource, VideoFrame, VideoSource } from '../../src/media/ports.js'
import { createTone } from '../../src/media/tone.js'
import { createVideoFeed } from '../../src/media/video-feed.js'
import { createFakeClock } from '../support/fake-clock.js'

const FORMAT = { sampleRate: 48_000, channelCount: 1 }

/** An output that aborts the feed after `count` writes. */
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

/** Bars at a rate that write down which frames were asked for. */
function recordedBars(frameRate: number, frames: number[]): VideoSource {
  const size = { width: 32, height: 32, frameRate }
  const bars = createBars(size)
  return createPatternVideo({ draw: (index) => (frames.push(index), bars.draw(index)) }, size)
}

function tone(frequency: number): AudioSource {
  return createPatternAudio(createTone({ ...FORMAT, frequency }), FORMAT)
}

describe('a video feed', () => {
  it('draws the frames in order at the frame rate', async () => {
    const clock = createFakeClock()
    const startMs = clock.now()
    const frames: number[] = []
    const output = createOutput<VideoFrame>(16)
    const feed = createVideoFeed(recordedBars(15, frames), output, { clock })
    await feed.run({ signal: output.signal })
    expect(feed.counters).toEqual({ written: 16, dropped: 0, missed: 0 })
    expect(frames).toEqual(Array.from({ length: 16 }, (_, index) => index))
    expect(Math.floor(clock.now() - startMs)).toBe(1000)
  })

  it('shows the moment after a stall, not the frames that were missed', async () => {
    const clock = createFakeClock()
    const frames: number[] = []
    const output = createOutput<VideoFrame>(4, () => {
      if (frames.length === 1) clock.advance(1000)
    })
    const feed = createVideoFeed(recordedBars(10, frames), output, { clock })
    await feed.run({ signal: output.signal })
    expect(frames).toEqual([0, 9, 10, 11])
    expect(feed.counters).toEqual({ written: 4, dropped: 8, missed: 0 })
  })

  it('switches the source behind the track, closes the one before, and starts the new one at its beginning', async () => {
    const clock = createFakeClock()
    const drawn = { first: [] as number[], second: [] as number[] }
    const closed: string[] = []
    const first = {
      ...recordedBars(10, drawn.first),
      [Symbol.asyncDispose]: async () => void closed.push('first'),
    }
    const sequences: number[] = []
    const output = createOutput<VideoFrame>(6, () => {
      if (drawn.first.length === 3 && drawn.second.length === 0)
        void feed.switchTo(recordedBars(20, drawn.second))
    })
    const feed = createVideoFeed(first, output, {
      clock,
      stages: [(frame, { sequence }) => (sequences.push(sequence), frame)],
    })
    await feed.run({ signal: output.signal })
    expect(drawn).toEqual({ first: [0, 1, 2], second: [0, 1, 2] })
    expect(closed).toEqual(['first'])
    expect(sequences).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('goes on where it was after a pause, in step with the clock of before', async () => {
    const clock = createFakeClock()
    const startMs = clock.now()
    const frames: { index: number; atMs: number }[] = []
    const indices: number[] = []
    const output = createOutput<VideoFrame>(4, () => {
      frames.push({ index: indices.at(-1) ?? -1, atMs: clock.now() - startMs })
      if (frames.length !== 2) return
      clock.advance(30)
      feed.mode = 'paused'
      clock.advance(5000)
      feed.mode = 'live'
    })
    const feed = createVideoFeed(recordedBars(10, indices), output, { clock })
    await feed.run({ signal: output.signal })
    expect(frames).toEqual([
      { index: 0, atMs: 0 },
      { index: 1, atMs: 100 },
      { index: 2, atMs: 5200 },
      { index: 3, atMs: 5300 },
    ])
    expect(feed.counters.dropped).toBe(0)
  })

  it.each([
    [10, 30, [0, 3, 6, 9]],
    [20, 30, [0, 1, 3, 4, 6]],
    [30, 30, [0, 1, 2, 3]],
    [undefined, 30, [0, 1, 2, 3]],
    [60, 30, [0, 1, 2, 3]],
  ])('writes at most %s of %s pictures a second, evenly', async (maxPerSecond, frameRate, wanted) => {
    const frames: number[] = []
    const output = createOutput<VideoFrame>(wanted.length)
    const feed = createVideoFeed(recordedBars(frameRate, frames), output, { clock: createFakeClock() })
    feed.maxPerSecond = maxPerSecond
    await feed.run({ signal: output.signal })
    expect(frames).toEqual(wanted)
    expect(feed.counters).toEqual({ written: wanted.length, dropped: 0, missed: 0 })
  })

  it('takes from a stream what it leaves out, so that nothing counts as late', async () => {
    const asked: number[] = []
    const streamed = { ...recordedBars(30, asked), dropped: 0 }
    const output = createOutput<VideoFrame>(3)
    const feed = createVideoFeed(streamed, output, { clock: createFakeClock() })
    feed.maxPerSecond = 15
    await feed.run({ signal: output.signal })
    expect(asked).toEqual([0, 1, 2, 3, 4])
    expect(feed.counters).toEqual({ written: 3, dropped: 0, missed: 0 })
  })

  it('sends black while it is muted', async () => {
    const output = createOutput<VideoFrame>(1, ({ data }) => {
      expect([data[0], data[32 * 32 - 1], data[32 * 32], data.at(-1)]).toEqual([16, 16, 128, 128])
    })
    const feed = createVideoFeed(recordedBars(10, []), output, { clock: createFakeClock() })
    feed.mode = 'muted'
    await feed.run({ signal: output.signal })
    expect(feed.counters.written).toBe(1)
  })

  it('gives the stages a frame of their own, in order', async () => {
    const size = { width: 16, height: 16, frameRate: 10 }
    const frame = { width: 16, height: 16, data: new Uint8Array(384) }
    const written: number[] = []
    const output = createOutput<VideoFrame>(2, ({ data }) => written.push(data[0] ?? -1))
    const feed = createVideoFeed(createPatternVideo({ draw: () => frame }, size), output, {
      clock: createFakeClock(),
      stages: [(own) => (own.data.fill(7), own), (own) => (own.data.set([(own.data[0] ?? 0) * 2]), own)],
    })
    await feed.run({ signal: output.signal })
    expect(written).toEqual([14, 14])
    expect(frame.data[0]).toBe(0)
  })

  it('rejects with what broke the source, and tells of its end once', async () => {
    const broken = new PeerError('IO_ERROR', 'broken')
    const size = { width: 32, height: 32, frameRate: 10 }
    const source = (ended: Promise<void>): VideoSource => ({
      ...createPatternVideo(createBars(size), size),
      ended,
      draw: () => null,
    })
    const failing = createVideoFeed(source(Promise.reject(broken)), createOutput(1))
    await expect(failing.run({ signal: new AbortController().signal })).rejects.toBe(broken)

    const abort = new AbortController()
    const feed = createVideoFeed(source(Promise.resolve()), createOutput(1))
    let ends = 0
    const running = feed.run({ signal: abort.signal, onEnded: () => (ends++, abort.abort()) })
    await running
    expect(ends).toBe(1)
  })
})

describe('an audio feed', () => {
  it('writes a block each 10 ms and leaves the tone whole over a stall of 150 ms', async () => {
    const clock = createFakeClock()
    const startMs = clock.now()
    const meter = createAudioMeter()
    let blocks = 0
    const output = createOutput<AudioBlock>(101, (block) => {
      meter.add(block)
      if (++blocks === 50) clock.advance(150)
    })
    const feed = createAudioFeed(tone(440), output, { clock })
    await feed.run({ signal: output.signal })
    expect(feed.counters).toEqual({ written: 101, dropped: 0, missed: 0 })
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
    const feed = createAudioFeed(tone(333), output, { clock })
    await feed.run({ signal: output.signal })
    expect(feed.counters).toEqual({ written: 30, dropped: 79, missed: 0 })
    const whole = createTone({ frequency: 333 })
    expect(samples).toEqual(Array.from({ length: 30 }, (_, index) => [...whole.next(index).samples]).flat())
  })

  it('sends silence while it is muted, and the source goes on', async () => {
    const played: number[] = []
    const from = tone(440)
    const source = { ...from, next: (index: number) => (played.push(index), from.next(index)) }
    const output = createOutput<AudioBlock>(3, ({ samples }) =>
      expect(samples.every((at) => at === 0)).toBe(true),
    )
    const feed = createAudioFeed(source, output, { clock: createFakeClock() })
    feed.mode = 'muted'
    await feed.run({ signal: output.signal })
    expect(played).toEqual([0, 1, 2])
  })
})
