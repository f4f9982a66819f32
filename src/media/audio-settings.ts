import type { Constraints, ConstraintKind } from './constraints.js'
import type { AudioFormat } from './ports.js'
import { selectSettings } from './select-settings.js'

/** The constraints of an audio track that have a meaning for our sources. */
export const AUDIO_CONSTRAINTS: Readonly<Record<string, ConstraintKind>> = {
  sampleRate: 'number',
  channelCount: 'number',
  volume: 'number',
}

/** Hz; what the native source takes in blocks of 10 ms, the one it works in first. */
export const SAMPLE_RATES = [48_000, 44_100, 32_000, 16_000, 8_000]

const PREFERRED_RATE = 48_000

const CHANNEL_COUNTS = [1, 2]

export interface AudioSettings extends AudioFormat {
  /** Linear gain, 0 to 1. */
  volume: number
}

/**
 * Chooses the format of a source: its own rate where that can be sent, otherwise 48 kHz, and mono, unless asked
 * otherwise. Every source is converted to every rate and channel count there is. Throws OVERCONSTRAINED.
 */
export function selectAudioSettings(
  constraints: Constraints,
  what: string,
  nativeRate = PREFERRED_RATE,
): AudioSettings {
  const rates = SAMPLE_RATES.toSorted(
    (left, right) => Number(right === nativeRate) - Number(left === nativeRate),
  )
  const candidates = CHANNEL_COUNTS.flatMap((channelCount) =>
    rates.flatMap((sampleRate) =>
      volumesOf(constraints).map((volume) => ({ sampleRate, channelCount, volume })),
    ),
  )
  const { sampleRate, channelCount, volume } = selectSettings(candidates, constraints, what)
  return { sampleRate, channelCount, volume }
}

/** Full volume, and what somebody named within 0 to 1. */
function volumesOf({ basic, advanced }: Constraints): number[] {
  const named = [basic, ...advanced].flatMap(({ volume = {} }) => Object.values(volume))
  const numbers = named.filter((value) => typeof value === 'number')
  return [...new Set([1, ...numbers.map((value) => Math.min(1, Math.max(0, value))), 0])]
}
