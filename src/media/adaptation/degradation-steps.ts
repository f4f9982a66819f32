import { fitsBarcode } from '../barcode/layout.js'
import type { VideoSize } from '../video-size.js'

/** W3C RTCDegradationPreference: what is kept as long as it can be. The last one lowers nothing. */
export const DEGRADATION_PREFERENCES = [
  'balanced',
  'maintain-framerate',
  'maintain-resolution',
  'maintain-framerate-and-resolution',
] as const
export type DegradationPreference = (typeof DEGRADATION_PREFERENCES)[number]

/** How pictures are sent where less can be carried. */
export interface DegradationStep {
  scaleResolutionDownBy: number
  /** Frames per second. */
  maxFrameRate: number
  /** Pixels per second, as a part of those of the source. */
  cost: number
}

const SCALES = [1, 1.5, 2, 3, 4, 6]
const RATIOS = [1, 2 / 3, 1 / 2, 1 / 3, 1 / 4, 1 / 6, 1 / 10, 1 / 15]

/** Size and rate by turns; below half the rate, movement is seen as jerks before detail is missed. */
const BALANCED: readonly (readonly [scale: number, ratio: number])[] = [
  [1, 1],
  [1.5, 1],
  [1.5, 2 / 3],
  [2, 2 / 3],
  [2, 1 / 2],
  [3, 1 / 2],
  [4, 1 / 2],
  [6, 1 / 2],
]

/** Frames per second that each way of lowering keeps. */
const MIN_BALANCED_FRAME_RATE = 15
const MIN_FRAME_RATE = 1

/**
 * The steps from the source as it is (the first) down to the least, each at a lower cost than the one before. No
 * picture becomes so small that its barcode is lost.
 */
export function degradationSteps(preference: DegradationPreference, size: VideoSize): DegradationStep[] {
  const steps = factorsOf(preference, size.frameRate)
    .map(([scale, maxFrameRate]) => ({
      scaleResolutionDownBy: scale,
      maxFrameRate,
      cost: maxFrameRate / size.frameRate / scale ** 2,
    }))
    .filter(
      ({ scaleResolutionDownBy: scale }) =>
        scale === 1 || fitsBarcode(size.width / scale, size.height / scale),
    )
  return steps.filter(({ cost }, at) => at === 0 || cost < (steps[at - 1]?.cost ?? 0))
}

function factorsOf(
  preference: DegradationPreference,
  frameRate: number,
): [scale: number, frameRate: number][] {
  const atLeast = (ratio: number, floor: number) => Math.max(ratio * frameRate, Math.min(frameRate, floor))
  switch (preference) {
    case 'balanced':
      return BALANCED.map(([scale, ratio]) => [scale, atLeast(ratio, MIN_BALANCED_FRAME_RATE)])
    case 'maintain-framerate':
      return SCALES.map((scale) => [scale, frameRate])
    case 'maintain-resolution':
      return RATIOS.map((ratio) => [1, atLeast(ratio, MIN_FRAME_RATE)])
    case 'maintain-framerate-and-resolution':
      return [[1, frameRate]]
    default:
      return preference satisfies never
  }
}
