import { PeerError } from '../errors.js'
import { COLOUR_NAMES, parseColour, type Colour } from './colour.js'

/** Where streamed media comes from. */
export type StreamSpec =
  /** A path of this machine. */
  | { kind: 'file'; path: string }
  /** y4m or wav on standard input. */
  | { kind: 'stdin' }
  /** As it was written; `rtsp://` and its kin happen now, `http://` is played from its beginning. */
  | { kind: 'url'; url: string; live: boolean }
  /** A filter graph of ffmpeg that needs no input. */
  | { kind: 'lavfi'; graph: string }

/** What `--video` names. */
export type VideoSourceSpec =
  | { kind: 'bars' }
  | { kind: 'motion' }
  | { kind: 'clock' }
  | { kind: 'snow'; seed: number }
  | { kind: 'colour'; colour: Colour }
  | { kind: 'screen'; display: string | null }
  | { kind: 'camera'; device: string | null }
  | StreamSpec

/** What `--audio` names; `frequency` is in Hz. */
export type AudioSourceSpec =
  | { kind: 'tone'; frequency: number }
  | { kind: 'beep' }
  | { kind: 'silence' }
  | { kind: 'hiss'; seed: number }
  | { kind: 'microphone'; device: string | null }
  | StreamSpec

/** What the two options take, as it is written. */
export const VIDEO_SOURCES = [
  'bars',
  'motion',
  'clock',
  'noise[:SEED]',
  'color:NAME|#RGB',
  'screen[:DISPLAY]',
  'camera[:DEVICE]',
  'FILE',
  'URL',
  '-',
  'lavfi:GRAPH',
] as const
export const AUDIO_SOURCES = [
  'tone[:HZ]',
  'beep',
  'noise[:SEED]',
  'silence',
  'mic[:DEVICE]',
  'FILE',
  'URL',
  '-',
  'lavfi:GRAPH',
] as const

/** Concert pitch: easily heard, and far from the hum and the aliases a fault would add. */
const DEFAULT_TONE_HZ = 440

/** Hz; what people hear and what Opus carries (RFC 6716 §2.1.3: full band ends at 20 kHz). */
const MIN_TONE_HZ = 20
const MAX_TONE_HZ = 20_000

/** What is sent as it happens: it is shown when it comes, whatever the rate it says it has. */
const LIVE_SCHEMES = ['rtsp', 'rtsps', 'rtmp', 'rtmps', 'srt', 'udp', 'rtp', 'tcp']

/** Reads the value of `--video`; throws USAGE with the list of what exists. */
export function parseVideoSource(text: string): VideoSourceSpec {
  const { word, parameter } = splitWord(text)
  switch (word) {
    case 'bars':
    case 'motion':
    case 'clock':
      if (parameter === null) return { kind: word }
      break
    case 'noise':
      return { kind: 'snow', seed: parseSeed('--video', parameter, text) }
    case 'color':
    case 'colour':
      return { kind: 'colour', colour: readColour(parameter ?? '', text) }
    case 'screen':
      return { kind: 'screen', display: parameter }
    case 'camera':
      return { kind: 'camera', device: parameter }
    default: {
      const stream = parseStream(text)
      if (stream) return stream
    }
  }
  throw unknownSource('--video', VIDEO_SOURCES, text)
}

/** Reads the value of `--audio`; throws USAGE with the list of what exists. */
export function parseAudioSource(text: string): AudioSourceSpec {
  const { word, parameter } = splitWord(text)
  switch (word) {
    case 'silence':
    case 'beep':
      if (parameter === null) return { kind: word }
      break
    case 'tone':
      return { kind: 'tone', frequency: parseFrequency(parameter, text) }
    case 'noise':
      return { kind: 'hiss', seed: parseSeed('--audio', parameter, text) }
    case 'mic':
      return { kind: 'microphone', device: parameter }
    default: {
      const stream = parseStream(text)
      if (stream) return stream
    }
  }
  throw unknownSource('--audio', AUDIO_SOURCES, text)
}

/** The word in front of the first colon, and what follows it. */
function splitWord(text: string): { word: string; parameter: string | null } {
  const colon = text.indexOf(':')
  return colon === -1
    ? { word: text, parameter: null }
    : { word: text.slice(0, colon), parameter: text.slice(colon + 1) }
}

/** A word alone is a misspelt source rather than a file: such a file is written `./word`. */
function parseStream(text: string): StreamSpec | undefined {
  if (text === '-') return { kind: 'stdin' }
  const [, graph] = /^lavfi:(.+)$/s.exec(text) ?? []
  if (graph !== undefined) return { kind: 'lavfi', graph }
  const [, scheme] = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text) ?? []
  if (scheme !== undefined)
    return { kind: 'url', url: text, live: LIVE_SCHEMES.includes(scheme.toLowerCase()) }
  return /[./\\]/.test(text) ? { kind: 'file', path: text } : undefined
}

function parseSeed(option: string, parameter: string | null, text: string): number {
  if (parameter === null) return 1
  const seed = /^\d{1,10}$/.test(parameter) ? Number(parameter) : Number.NaN
  if (seed < 2 ** 32) return seed
  throw new PeerError(
    'USAGE',
    `${option} noise:SEED must be a whole number from 0 to 4294967295, got "${text}".`,
  )
}

function readColour(parameter: string, text: string): Colour {
  const colour = parseColour(parameter)
  if (colour) return colour
  throw new PeerError('USAGE', `--video color: must be a colour, got "${text}".`, {
    hint: `Colours are #rgb, #rrggbb, ${Object.keys(COLOUR_NAMES).join(', ')}.`,
  })
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
  return new PeerError('USAGE', `${option} must be one of ${kinds.join(', ')}, got "${text}".`, {
    hint: 'A file in the current directory whose name has no dot is written ./NAME.',
  })
}
