import type { Constraints, ConstraintKind, ConstraintSet } from './constraints.js'
import { selectSettings } from './select-settings.js'
import { FRAME_RATE_RANGE, SIDE_RANGE, type VideoSize } from './video-size.js'

/** The constraints of a video track (W3C mediacapture-main §4.3.8) that have a meaning for our sources. */
export const VIDEO_CONSTRAINTS: Readonly<Record<string, ConstraintKind>> = {
  width: 'number',
  height: 'number',
  frameRate: 'number',
  aspectRatio: 'number',
  resizeMode: ['none', 'crop-and-scale'],
}

interface VideoCandidate extends VideoSize {
  aspectRatio: number
  resizeMode: 'none' | 'crop-and-scale'
  readonly [name: string]: number | string
}

/**
 * Chooses what a source whose own pictures have the size `native` gives. Every source is scaled, up as well as down,
 * from 16 to 4096 pixels, and shown at 1 to 60 frames per second, unless `resizeMode` asks for `none`. What is left open
 * stays as close to the source as it can: its aspect ratio first, then its size. Throws OVERCONSTRAINED.
 */
export function selectVideoSize(native: VideoSize, constraints: Constraints, what: string): VideoSize {
  const { width, height, frameRate } = selectSettings(candidatesOf(native, constraints), constraints, what)
  return { width, height, frameRate }
}

/**
 * Of a continuous range only the values that somebody named, and what follows from them, can be best; sorted by how
 * close they are to the source.
 */
function candidatesOf(native: VideoSize, { basic, advanced }: Constraints): VideoCandidate[] {
  const sets = [basic, ...advanced]
  const ratios = [native.width / native.height, ...namedNumbers(sets, 'aspectRatio')]
  const named = { width: namedNumbers(sets, 'width'), height: namedNumbers(sets, 'height') }
  const bounds = [SIDE_RANGE.min, SIDE_RANGE.max]
  const widths = [native.width, ...named.width, ...bounds].map(toSide)
  const heights = [native.height, ...named.height, ...bounds].map(toSide)
  const pictures = [
    ...widths.flatMap((width) => heights.map((height) => ({ width, height }))),
    ...widths.flatMap((width) => ratios.map((ratio) => ({ width, height: toSide(width / ratio) }))),
    ...heights.flatMap((height) => ratios.map((ratio) => ({ width: toSide(height * ratio), height }))),
  ]
  const { min, max } = FRAME_RATE_RANGE
  const rates = [native.frameRate, ...namedNumbers(sets, 'frameRate'), min, max].map(toFrameRate)
  const scaled = pictures.flatMap((picture) =>
    [...new Set(rates)].map((frameRate) => candidate({ ...picture, frameRate }, 'crop-and-scale')),
  )
  const own = isInRange(native) ? [candidate(native, 'none')] : []
  return [...own, ...scaled]
    .map((one) => ({ one, closeness: closeness(one, native) }))
    .toSorted((left, right) => left.closeness - right.closeness)
    .map(({ one }) => one)
}

function isInRange({ width, height, frameRate }: VideoSize): boolean {
  return toSide(width) === width && toSide(height) === height && toFrameRate(frameRate) === frameRate
}

function candidate(size: VideoSize, resizeMode: VideoCandidate['resizeMode']): VideoCandidate {
  return { ...size, aspectRatio: size.width / size.height, resizeMode }
}

/** Weights of what is kept before what; each difference is the logarithm of a ratio, at most about 11. */
const SHAPE_WEIGHT = 10_000
const SIZE_WEIGHT = 100

function closeness(size: VideoCandidate, native: VideoSize): number {
  const shape = Math.abs(Math.log2(size.aspectRatio / (native.width / native.height)))
  const area = Math.abs(Math.log2((size.width * size.height) / (native.width * native.height)))
  const rate = Math.abs(Math.log2(size.frameRate / native.frameRate))
  return shape * SHAPE_WEIGHT + area * SIZE_WEIGHT + rate
}

function namedNumbers(sets: readonly ConstraintSet[], name: string): number[] {
  return sets
    .flatMap((set) => Object.values(set[name] ?? {}))
    .filter((value) => typeof value === 'number')
    .filter((value) => value > 0)
}

function toSide(pixels: number): number {
  return Math.min(SIDE_RANGE.max, Math.max(SIDE_RANGE.min, Math.round(pixels)))
}

function toFrameRate(frameRate: number): number {
  return Math.min(FRAME_RATE_RANGE.max, Math.max(FRAME_RATE_RANGE.min, frameRate))
}
