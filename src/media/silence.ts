import type { AudioPattern } from './ports.js'

/** Digital silence in 10 ms blocks of 16-bit PCM: a track that is there and says nothing. `sampleRate` is in Hz. */
export function createSilence({ sampleRate = 48_000, channelCount = 1 } = {}): AudioPattern {
  return {
    next: () => ({
      samples: new Int16Array((sampleRate / 100) * channelCount),
      sampleRate,
      channelCount,
    }),
  }
}
