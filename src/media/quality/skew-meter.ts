import { createTally } from '../../figures/aggregate.js'
import type { AudioBlock } from '../ports.js'

export interface SkewMeter {
  /** A picture: how far into the stream it is, from its number and the frame rate, and when it arrived. */
  addPicture(streamMs: number, arrivalMs: number): void
  /** 10 ms of sound that arrived. */
  addSound(block: AudioBlock, arrivalMs: number): void
  /** Milliseconds by which sound comes after its picture, the median of all beeps; null before the first beep. */
  measure(): number | null
}

/** Milliseconds from one beep to the next: the source `beep` begins one with each second of the stream. */
const PERIOD_MS = 1_000

/** Over full scale: well below a beep, well above what a codec leaves of silence. */
const THRESHOLD = 0.05 * 32_768

/** Milliseconds of quiet before a sound is the beginning of a beep. */
const QUIET_MS = 200

/** Pictures whose arrival says when the stream is where: their median shrugs off the one that was late. */
const PICTURES = 15

/** Holds the beeps that are heard against the pictures that are seen. */
export function createSkewMeter(): SkewMeter {
  const skews = createTally('p50')
  const delays: number[] = []
  let soundedMs: number | undefined

  return {
    addPicture(streamMs, arrivalMs) {
      delays.push(arrivalMs - streamMs)
      if (delays.length > PICTURES) delays.shift()
    },
    addSound(block, arrivalMs) {
      const onset = block.samples.findIndex((sample) => Math.abs(sample) >= THRESHOLD)
      if (onset === -1) {
        // A track that begins in the middle of a beep has no beginning to show.
        soundedMs ??= arrivalMs
        return
      }
      const onsetMs = arrivalMs + (onset / block.channelCount / block.sampleRate) * 1000
      const isBeginning = soundedMs !== undefined && onsetMs - soundedMs >= QUIET_MS
      soundedMs = onsetMs
      const delayMs = median(delays)
      if (!isBeginning || delayMs === undefined) return
      const streamMs = onsetMs - delayMs
      skews.add(streamMs - PERIOD_MS * Math.round(streamMs / PERIOD_MS))
    },
    measure() {
      const { value } = skews
      return typeof value === 'number' ? Math.round(value * 10) / 10 : null
    },
  }
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
