import { PeerError } from '../errors.js'

/** A picture's size in pixels and how many of them make a second. */
export interface VideoSize {
  width: number
  height: number
  frameRate: number
}

/** 640x480 is what getUserMedia gives where nothing is asked for. */
const DEFAULT_SIZE: VideoSize = { width: 640, height: 480, frameRate: 30 }

/** Pixels; below 16 a VP8 macroblock is not filled, above 4096 one core cannot draw and encode. */
const MIN_SIDE = 16
const MAX_SIDE = 4096

/** Frames per second. */
const MIN_FRAME_RATE = 1
const MAX_FRAME_RATE = 60

/**
 * Completes `--width`, `--height` (pixels, 16 to 4096, odd ones too) and `--frame-rate` (frames per second, 1 to 60,
 * fractions too) with 640x480 at 30; throws USAGE naming the option that is out of bounds.
 */
export function parseVideoSize(given: Partial<VideoSize> = {}): VideoSize {
  return {
    width: parseSide('--width', given.width ?? DEFAULT_SIZE.width),
    height: parseSide('--height', given.height ?? DEFAULT_SIZE.height),
    frameRate: parseFrameRate(given.frameRate ?? DEFAULT_SIZE.frameRate),
  }
}

function parseSide(option: string, pixels: number): number {
  if (Number.isInteger(pixels) && pixels >= MIN_SIDE && pixels <= MAX_SIDE) return pixels
  throw new PeerError(
    'USAGE',
    `${option} must be a whole number of pixels from ${MIN_SIDE} to ${MAX_SIDE}, got "${pixels}".`,
  )
}

function parseFrameRate(frameRate: number): number {
  if (frameRate >= MIN_FRAME_RATE && frameRate <= MAX_FRAME_RATE) return frameRate
  throw new PeerError(
    'USAGE',
    `--frame-rate must be from ${MIN_FRAME_RATE} to ${MAX_FRAME_RATE} frames per second, got "${frameRate}".`,
  )
}
