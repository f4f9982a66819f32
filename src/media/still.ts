import type { VideoFrame, VideoPattern } from './ports.js'

/** One picture that stays: a colour, or an image. */
export function createStill(frame: VideoFrame): VideoPattern {
  return { draw: () => frame }
}
