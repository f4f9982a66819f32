import type { AudioBlock } from '../ports.js'
import type { RecordedAudio } from './ports.js'

/**
 * Milliseconds. A block is stamped on arrival, late by what the event loop was busy with and never early: the one with
 * the least lag in half a second of arrivals tells when the sound really was.
 */
const WINDOW_MS = 500

/** Milliseconds; people hear a jump of sound against the picture from about 45 ms on (ITU-R BT.1359-1). */
const TOLERANCE_MS = 20

/** At first nothing is known of how late the first block was; a correction there falls into what nobody hears yet. */
const FIRST_TOLERANCE_MS = 5

/** Sound of a recording: a run of samples without gaps, kept at the time it arrived. */
export interface AudioTimeline {
  /** Milliseconds of sound written so far. */
  readonly positionMs: number
  /** Writes the block, which ended at `endMs`, after silence where there was none for a while. */
  push(block: AudioBlock, endMs: number): void
  /** Writes silence until `timeMs`. */
  fillUntil(timeMs: number): void
}

/** A timeline from 0 that gives its samples, in the format asked for, to `write` with the time they begin. */
export function createAudioTimeline(
  format: RecordedAudio,
  write: (samples: Int16Array, timeMs: number) => void,
): AudioTimeline {
  const { sampleRate, channelCount } = format
  let frames = 0
  let toleranceMs = FIRST_TOLERANCE_MS
  let window: { startMs: number; leastLagMs: number } | undefined
  /** Milliseconds of sound that came although there was no time for it; what comes next is left out. */
  let surplusMs = 0
  const positionMs = () => (frames * 1000) / sampleRate
  const append = (samples: Int16Array) => {
    if (samples.length === 0) return
    write(samples, positionMs())
    frames += samples.length / channelCount
  }
  const appendSilence = (durationMs: number) =>
    append(new Int16Array(Math.max(0, Math.round((durationMs * sampleRate) / 1000)) * channelCount))
  const correct = (lagMs: number) => {
    if (lagMs > toleranceMs) appendSilence(lagMs)
    surplusMs = lagMs < -toleranceMs ? -lagMs : 0
    toleranceMs = TOLERANCE_MS
    window = undefined
  }

  return {
    get positionMs() {
      return positionMs()
    },
    push(block, endMs) {
      const samples = convertSamples(block, format)
      const blockMs = (samples.length / channelCount / sampleRate) * 1000
      const lagMs = endMs - blockMs - positionMs()
      if (frames === 0) appendSilence(lagMs)
      else if (window) window.leastLagMs = Math.min(window.leastLagMs, lagMs)
      else window = { startMs: endMs, leastLagMs: lagMs }
      if (window && endMs - window.startMs >= WINDOW_MS) correct(window.leastLagMs)
      if (surplusMs > blockMs / 2) surplusMs -= blockMs
      else append(samples)
    },
    fillUntil(timeMs) {
      window = undefined
      appendSilence(timeMs - positionMs())
    },
  }
}

/** The block in another format: nearest samples for another rate, the mean of the channels for one, copies for more. */
function convertSamples(block: AudioBlock, { sampleRate, channelCount }: RecordedAudio): Int16Array {
  if (block.sampleRate === sampleRate && block.channelCount === channelCount) return block.samples.slice()
  const fromFrames = block.samples.length / block.channelCount
  const toFrames = Math.round((fromFrames * sampleRate) / block.sampleRate)
  const converted = new Int16Array(toFrames * channelCount)
  for (let frame = 0; frame < toFrames; frame++) {
    const at = Math.min(fromFrames - 1, Math.floor((frame * fromFrames) / toFrames)) * block.channelCount
    const source = block.samples.subarray(at, at + block.channelCount)
    const mean = source.reduce((sum, sample) => sum + sample, 0) / block.channelCount
    for (let channel = 0; channel < channelCount; channel++) {
      converted[frame * channelCount + channel] =
        channelCount === 1 ? mean : (source[channel] ?? source[0] ?? 0)
    }
  }
  return converted
}
