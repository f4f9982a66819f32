import type { AudioPattern } from './ports.js'

export interface ToneOptions {
  /** Hz; below half the sample rate. */
  frequency?: number
  /** Hz; a multiple of 100, because a block is exactly 10 ms. */
  sampleRate?: number
  channelCount?: number
  /** Peak over full scale, 0 to 1; 0.5 leaves room so that no codec clips it. */
  amplitude?: number
}

/** Largest 16-bit sample. */
const FULL_SCALE = 32_767

/**
 * A sine in 10 ms blocks of interleaved 16-bit PCM, the same on each channel and without a step between blocks.
 * Each block owns a buffer of exactly its samples (the binding checks `buffer.byteLength`), so it may be kept.
 */
export function createTone(options: ToneOptions = {}): AudioPattern {
  const { frequency = 440, sampleRate = 48_000, channelCount = 1, amplitude = 0.5 } = options
  const frames = sampleRate / 100
  let position = 0
  return {
    next() {
      const samples = new Int16Array(frames * channelCount)
      for (let frame = 0; frame < frames; frame++, position++) {
        // From the position, not by adding up a phase: no error builds up, however long the tone lasts.
        const cycle = ((position * frequency) % sampleRate) / sampleRate
        const sample = Math.round(amplitude * FULL_SCALE * Math.sin(2 * Math.PI * cycle))
        samples.fill(sample, frame * channelCount, (frame + 1) * channelCount)
      }
      return { samples, sampleRate, channelCount }
    },
  }
}
