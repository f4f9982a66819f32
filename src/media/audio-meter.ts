import type { AudioBlock } from './ports.js'

export interface AudioMeasurement {
  /** Blocks counted, the ignored ones at the start excluded. */
  blocks: number
  /** Hz. */
  sampleRate: number | null
  channelCount: number | null
  /** Root mean square over full scale, 0 to 1, of all channels over the last second; a full-scale sine has 0.707. */
  rms: number | null
  /**
   * Hz, of the first channel over the last second; null where it is silent or has no period.
   * For a tone from 20 Hz to 20 kHz at 48 kHz right within 1 Hz after a full second, and within 1 % after 100 ms
   * from 100 Hz up. Of a mixture it is the rate of the strongest part, roughly. Gaps in a tone do not lower it.
   */
  frequency: number | null
}

export interface AudioMeter {
  /** Counts a received block; its samples are copied. */
  add(block: AudioBlock): void
  measure(): AudioMeasurement
}

/** The window: 100 blocks of 10 ms. */
const WINDOW_BLOCKS = 100

/** The first 2 to 4 blocks of each sink come at 16 kHz before any sound is decoded; a track that stays there counts. */
const STARTUP_SAMPLE_RATE = 16_000
const MAX_STARTUP_BLOCKS = 10

/** Below this level (-60 dB) crossings of zero are dither and comfort noise. */
const SILENCE_RMS = 0.001

/** Part of the RMS by which the signal has to pass zero on both sides, so that noise near zero is no crossing. */
const HYSTERESIS = 0.1

/**
 * Periods that differ from the median by more than this part are where a gap was, or what a decoder made up to fill one:
 * no part of the tone. Crossings placed between two samples make less of a difference up to 20 kHz.
 */
const TYPICAL_DEVIATION = 0.25

const FULL_SCALE = 32_768

/** Measures a received audio track, so that a run can prove which tone arrived and how loud. */
export function createAudioMeter(): AudioMeter {
  let window: AudioBlock[] = []
  let blocks = 0
  let startupBlocks = 0

  return {
    add(block) {
      if (blocks === 0 && block.sampleRate === STARTUP_SAMPLE_RATE && startupBlocks < MAX_STARTUP_BLOCKS) {
        startupBlocks++
        return
      }
      blocks++
      if (!hasFormat(window[0], block)) window = []
      window.push({ ...block, samples: block.samples.slice() })
      if (window.length > WINDOW_BLOCKS) window.shift()
    },
    measure() {
      const first = window[0]
      if (first === undefined) {
        return { blocks, sampleRate: null, channelCount: null, rms: null, frequency: null }
      }
      const { sampleRate, channelCount } = first
      const rms = rootMeanSquare(window)
      const frequency = rms < SILENCE_RMS ? null : crossingRate(firstChannel(window), sampleRate)
      return { blocks, sampleRate, channelCount, rms, frequency }
    },
  }
}

function hasFormat(block: AudioBlock | undefined, { sampleRate, channelCount }: AudioBlock): boolean {
  return block?.sampleRate === sampleRate && block.channelCount === channelCount
}

function rootMeanSquare(blocks: readonly AudioBlock[]): number {
  let sumOfSquares = 0
  let count = 0
  for (const { samples } of blocks) {
    for (const sample of samples) sumOfSquares += sample * sample
    count += samples.length
  }
  return count === 0 ? 0 : Math.sqrt(sumOfSquares / count) / FULL_SCALE
}

/** The first channel without its mean: an offset would shift every crossing. */
function firstChannel(blocks: readonly AudioBlock[]): Float64Array {
  const frames = blocks.reduce((sum, { samples, channelCount }) => sum + samples.length / channelCount, 0)
  const channel = new Float64Array(frames)
  let position = 0
  for (const { samples, channelCount } of blocks) {
    for (let at = 0; at < samples.length; at += channelCount) channel[position++] = samples[at] ?? 0
  }
  const mean = channel.reduce((sum, sample) => sum + sample, 0) / frames
  return channel.map((sample) => sample - mean)
}

/** One over the length of a period, from one upward crossing of zero to the next. */
function crossingRate(samples: Float64Array, sampleRate: number): number | null {
  const crossings = upwardCrossings(samples)
  const periods = crossings.slice(1).map((crossing, index) => crossing - (crossings[index] ?? 0))
  const typical = periods.toSorted((left, right) => left - right)[periods.length >> 1] ?? 0
  const whole = periods.filter((period) => Math.abs(period - typical) <= typical * TYPICAL_DEVIATION)
  const length = whole.reduce((sum, period) => sum + period, 0)
  return whole.length === 0 ? null : (whole.length * sampleRate) / length
}

/** Where they are, in samples, each placed between its two. */
function upwardCrossings(samples: Float64Array): number[] {
  const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)
  const threshold = level * HYSTERESIS
  const crossings: number[] = []
  let armed = false
  let crossing = 0
  let before = 0
  let position = 0
  for (const sample of samples) {
    if (sample < -threshold) armed = true
    if (before < 0 && sample >= 0) crossing = position - sample / (sample - before)
    if (armed && sample > threshold) {
      armed = false
      crossings.push(crossing)
    }
    before = sample
    position++
  }
  return crossings
}
