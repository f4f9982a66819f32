import { PeerError } from '../errors.js'

/** What `--video` names. */
export type VideoSourceSpec = { kind: 'bars' }

/** What `--audio` names; `frequency` is in Hz. */
export type AudioSourceSpec = { kind: 'tone'; frequency: number } | { kind: 'silence' }

/** What the two options take, as it is written. */
export const VIDEO_SOURCES = ['bars'] as const
export const AUDIO_SOURCES = ['tone', 'tone:HZ', 'silence'] as const

/** Concert pitch: easily heard, and far from the hum and the aliases a fault would add. */
const DEFAULT_TONE_HZ = 440

/** Hz; what people hear and what Opus carries (RFC 6716 §2.1.3: full band ends at 20 kHz). */
const MIN_TONE_HZ = 20
const MAX_TONE_HZ = 20_000

/** Reads the value of `--video`; throws USAGE with the list of what exists. */
export function parseVideoSource(text: string): VideoSourceSpec {
  if (text === 'bars') return { kind: 'bars' }
  throw unknownSource('--video', VIDEO_SOURCES, text)
}

/** Reads the value of `--audio`: `tone` (440 Hz), `tone:HZ` (20 to 20000) or `silence`; throws USAGE otherwise. */
export function parseAudioSource(text: string): AudioSourceSpec {
  const [kind, ...rest] = text.split(':')
  const parameter = rest.length === 0 ? null : rest.join(':')
  if (kind === 'silence' && parameter === null) return { kind: 'silence' }
  if (kind === 'tone') return { kind: 'tone', frequency: parseFrequency(parameter, text) }
  throw unknownSource('--audio', AUDIO_SOURCES, text)
}

function parseFrequency(parameter: string | null, text: string): number {
  if (parameter === null) return DEFAULT_TONE_HZ
  const frequency = /^\d+(\.\d+)?$/.test(parameter) ? Number(parameter) : Number.NaN
  if (frequency >= MIN_TONE_HZ && frequency <= MAX_TONE_HZ) return frequency
  throw new PeerError(
    'USAGE',
    `--audio tone:HZ must be a frequency from ${MIN_TONE_HZ} to ${MAX_TONE_HZ} Hz, got "${text}".`,
    { hint: `Try --audio tone:${DEFAULT_TONE_HZ}.` },
  )
}

function unknownSource(option: string, kinds: readonly string[], text: string): PeerError {
  return new PeerError('USAGE', `${option} must be one of ${kinds.join(', ')}, got "${text}".`)
}
