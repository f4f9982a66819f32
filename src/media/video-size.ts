import { PeerError } from '../errors.js'

/** A picture's size in pixels and how many of them make a second. */
export interface VideoSize {
  width: number
  height: number
  frameRate: number
}

/** 640x480 is what getUserMedia gives where nothing is asked for. */
export const DEFAULT_SIZE: VideoSize = { width: 640, height: 480, frameRate: 30 }

/** Pixels; below 16 a VP8 macroblock is not filled, above 4096 one core cannot draw and encode. */
export const SIDE_RANGE = { min: 16, max: 4096 }

/** Frames per second. */
export const FRAME_RATE_RANGE = { min: 1, max: 60 }

/**
 * Checks `--width`, `--height` (pixels, 16 to 4096, odd ones too) and `--frame-rate` (frames per second, 1 to 60,
 * fractions too); throws USAGE naming the option that is out of bounds.
 */
export function checkVideoSize(given: Partial<VideoSize>): Partial<VideoSize> {
  checkSide('--width', given.width)
  checkSide('--height', given.height)
  checkFrameRate(given.frameRate)
  return given
}

function checkSide(option: string, pixels: number | undefined): void {
  const { min, max } = SIDE_RANGE
  if (pixels === undefined || (Number.isInteger(pixels) && pixels >= min && pixels <= max)) return
  throw new PeerError(
    'USAGE',
    `${option} must be a whole number of pixels from ${min} to ${max}, got "${pixels}".`,
  )
}

function checkFrameRate(frameRate: number | undefined): void {
  const { min, max } = FRAME_RATE_RANGE
  if (frameRate === undefined || (frameRate >= min && frameRate <= max)) return
  throw new PeerError(
    'USAGE',
    `--frame-rate must be from ${min} to ${max} frames per second, got "${frameRate}".`,
  )
}
