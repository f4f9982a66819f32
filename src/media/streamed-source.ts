import { openReadAhead, type Timing } from './read-ahead.js'
import {
  i420Bytes,
  type AudioBlock,
  type AudioFormat,
  type AudioSource,
  type VideoFrame,
  type VideoSource,
} from './ports.js'
import type { VideoSize } from './video-size.js'

export interface StreamedOptions {
  /** Fills the buffer with what comes next; false at the end; throws a PeerError where the stream is broken. */
  readInto: (target: Uint8Array) => Promise<boolean>
  /** Where it comes from happens now: nothing waits, and what is not taken in time is dropped. */
  live?: boolean
  /** Closed with the source. */
  owner: AsyncDisposable
}

export interface StreamedVideo extends VideoSource {
  /** Reads on although enough is there, because the sound of the same input is behind it. */
  readFurther(): void
}

/** A quarter of a second at 30 per second; a decoder that works in bursts is smoothed, and memory stays bounded. */
const FRAMES_AHEAD = 8

/** Bytes of pictures held at most where the sound of a badly interleaved file comes late. */
const MAX_AHEAD_BYTES = 128 * 1024 * 1024

/** Two: one is shown while the other one comes. */
const LIVE_FRAMES_AHEAD = 2

/** Blocks of 10 ms. Ten seconds cost a megabyte, and pictures that are behind the sound are never kept waiting. */
const BLOCKS_AHEAD = 1_000

/** 200 ms, as much as a feed makes up for at once. */
const LIVE_BLOCKS_AHEAD = 20

/** Raw I420 pictures of one size and rate, one after the other, as a source; resolves when the first one is there. */
export async function openStreamedVideo(
  size: VideoSize,
  { readInto, live = false, owner }: StreamedOptions,
): Promise<StreamedVideo> {
  const { width, height } = size
  const bytes = i420Bytes(width, height)
  const timing: Timing = live ? 'newest' : 'recorded'
  const ahead = await openReadAhead<VideoFrame>({
    create: () => ({ width, height, data: new Uint8Array(bytes) }),
    read: ({ data }) => readInto(data),
    timing,
    items: live ? LIVE_FRAMES_AHEAD : FRAMES_AHEAD,
    maxItems: Math.max(FRAMES_AHEAD, Math.floor(MAX_AHEAD_BYTES / bytes)),
  })
  return {
    size,
    ended: ahead.ended,
    get dropped() {
      return ahead.dropped
    },
    draw: (index) => ahead.take(index),
    readFurther: () => ahead.readFurther(),
    [Symbol.asyncDispose]: () => disposeAll(ahead, owner),
  }
}

/**
 * Raw interleaved 16-bit little-endian PCM as a source; resolves when the first 10 ms are there. What is left at the
 * end and fills no block is not heard. `onStarved` is called where nothing is there that should be.
 */
export async function openStreamedAudio(
  format: AudioFormat,
  { readInto, live = false, owner, onStarved }: StreamedOptions & { onStarved?: () => void },
): Promise<AudioSource> {
  const { sampleRate, channelCount } = format
  const ahead = await openReadAhead<AudioBlock>({
    create: () => ({ samples: new Int16Array((sampleRate / 100) * channelCount), sampleRate, channelCount }),
    read: ({ samples }) => readInto(new Uint8Array(samples.buffer)),
    timing: live ? 'queue' : 'recorded',
    items: live ? LIVE_BLOCKS_AHEAD : BLOCKS_AHEAD,
  })
  return {
    format,
    ended: ahead.ended,
    get dropped() {
      return ahead.dropped
    },
    next(index) {
      const block = ahead.take(index)
      if (block === null) onStarved?.()
      return block
    },
    [Symbol.asyncDispose]: () => disposeAll(ahead, owner),
  }
}

async function disposeAll(...owned: AsyncDisposable[]): Promise<void> {
  for (const one of owned) await one[Symbol.asyncDispose]()
}
