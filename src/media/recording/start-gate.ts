import type { MediaKind } from '../../sdp/media-kind.js'
import type { AudioBlock, VideoFrame } from '../ports.js'
import type { RecordedTracks } from './ports.js'

/** How long, in milliseconds, the first pictures are watched for their rate and largest size. */
const MEASURE_MS = 500

/** Milliseconds from the first picture or sound for a track that was announced, and for one that was not. */
const ANNOUNCED_WAIT_MS = 2_000
const UNANNOUNCED_WAIT_MS = 500

/** Pictures are large: where they are very large, less time must do. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024

/** Hz; what the binding decodes Opus to. */
const SAMPLE_RATE = 48_000

const DEFAULT_FRAME_RATE = 30
const COMMON_FRAME_RATES = [24, 25, 30, 48, 50, 60]
const SLOWEST_FRAME_RATE = 22

export type Arrival =
  | { kind: 'video'; frame: VideoFrame; atMs: number }
  | { kind: 'audio'; block: AudioBlock; atMs: number }

/**
 * Collects what comes first, until it is known what a recording will hold: a container names its streams and the size
 * of its pictures before anything else. A track that never carries anything does not hold it up.
 */
export interface StartGate {
  readonly waiting: readonly Arrival[]
  /** Tells that a track of this kind was negotiated. */
  announce(kind: MediaKind): void
  add(arrival: Arrival): void
  /** What the recording holds, once that is clear at `nowMs`. */
  decide(nowMs: number): RecordedTracks | undefined
}

/** A gate for a recording that takes these kinds. */
export function createStartGate(kinds: readonly MediaKind[]): StartGate {
  const waiting: Arrival[] = []
  const announced = new Set<string>()
  let bytes = 0

  const isComplete = (kind: MediaKind, nowMs: number): boolean => {
    const sinceMs = nowMs - (waiting[0]?.atMs ?? nowMs)
    const own = waiting.find((arrival) => arrival.kind === kind)
    if (own) return kind === 'audio' || nowMs - own.atMs >= MEASURE_MS
    return sinceMs >= (announced.has(kind) ? ANNOUNCED_WAIT_MS : UNANNOUNCED_WAIT_MS)
  }
  return {
    waiting,
    announce: (kind) => void announced.add(kind),
    add(arrival) {
      waiting.push(arrival)
      bytes += arrival.kind === 'video' ? arrival.frame.data.length : arrival.block.samples.byteLength
    },
    decide(nowMs) {
      if (waiting.length === 0) return undefined
      const isClear = bytes > MAX_WAITING_BYTES || kinds.every((kind) => isComplete(kind, nowMs))
      return isClear ? tracksOf(waiting) : undefined
    },
  }
}

function tracksOf(waiting: readonly Arrival[]): RecordedTracks {
  const frames = waiting.flatMap((arrival) => (arrival.kind === 'video' ? [arrival] : []))
  const blocks = waiting.flatMap((arrival) => (arrival.kind === 'audio' ? [arrival.block] : []))
  const [last] = blocks.slice(-1)
  return {
    ...(frames.length > 0
      ? { video: { ...recordedSize(frames.map(({ frame }) => frame)), frameRate: rateOf(frames) } }
      : {}),
    ...(last ? { audio: { sampleRate: SAMPLE_RATE, channelCount: Math.min(2, last.channelCount) } } : {}),
  }
}

/** The largest size seen, made even: a picture that starts small grows soon, and H.264 has no odd sides. */
export function recordedSize(frames: readonly Pick<VideoFrame, 'width' | 'height'>[]) {
  const largest = frames.reduce((one, other) =>
    other.width * other.height > one.width * one.height ? other : one,
  )
  return { width: evenSide(largest.width), height: evenSide(largest.height) }
}

function evenSide(pixels: number): number {
  return Math.max(2, 2 * Math.round(pixels / 2))
}

/**
 * The common rate next to the measured one: from the median interval, which a process that is still busy starting does
 * not shift. Where pictures come slower than film, most probably they only started slowly.
 */
function rateOf(frames: readonly { atMs: number }[]): number {
  const intervals = frames.slice(1).map(({ atMs }, index) => atMs - (frames[index]?.atMs ?? atMs))
  const medianMs = intervals.toSorted((a, b) => a - b)[Math.floor(intervals.length / 2)]
  if (medianMs === undefined || medianMs <= 0) return DEFAULT_FRAME_RATE
  const measured = 1000 / medianMs
  const nearest = COMMON_FRAME_RATES.reduce((best, rate) =>
    Math.abs(rate - measured) < Math.abs(best - measured) ? rate : best,
  )
  return measured < SLOWEST_FRAME_RATE ? DEFAULT_FRAME_RATE : nearest
}
