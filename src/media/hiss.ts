import type { AudioPattern } from './ports.js'
import { createRandom } from './random.js'

export interface HissOptions {
  seed: number
  sampleRate: number
  channelCount: number
}

/** Peak over full scale: about -25 dB RMS, loud enough to be measured and not to hurt. */
const AMPLITUDE = 0.1
const FULL_SCALE = 32_767

/** White noise, the same samples for the same seed, unlike on each channel. */
export function createHiss({ seed, sampleRate, channelCount }: HissOptions): AudioPattern {
  const random = createRandom(seed)
  return {
    next() {
      const samples = new Int16Array((sampleRate / 100) * channelCount)
      for (let at = 0; at < samples.length; at++) {
        samples[at] = Math.round(AMPLITUDE * FULL_SCALE * (random() / 2 ** 31 - 1))
      }
      return { samples, sampleRate, channelCount }
    },
  }
}
