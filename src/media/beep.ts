import type { AudioPattern } from './ports.js'

export interface BeepOptions {
  sampleRate: number
  channelCount: number
}

/** Hz; far from the tones that other sources send, and a whole number of periods in 10 ms. */
const BEEP_HZ = 1_000

/** Blocks of 10 ms from one beep to the next, and that a beep lasts. */
const PERIOD_BLOCKS = 100
const BEEP_BLOCKS = 10

/** Peak over full scale. */
const AMPLITUDE = 0.5
const FULL_SCALE = 32_767

/**
 * 100 ms of a 1000 Hz sine once a second, silence between. A beep begins exactly with block 0, 100, 200, …: at the same
 * moment as the picture whose number is a multiple of the frame rate.
 */
export function createBeep({ sampleRate, channelCount }: BeepOptions): AudioPattern {
  const frames = sampleRate / 100
  const silent = new Int16Array(frames * channelCount)
  // Ten whole periods: every block of a beep is the same.
  const sounding = silent.map((_, at) => {
    const frame = Math.floor(at / channelCount)
    return Math.round(AMPLITUDE * FULL_SCALE * Math.sin((2 * Math.PI * BEEP_HZ * frame) / sampleRate))
  })
  return {
    next(blockIndex) {
      const isSounding = blockIndex % PERIOD_BLOCKS < BEEP_BLOCKS
      return { samples: isSounding ? sounding : silent, sampleRate, channelCount }
    },
  }
}
