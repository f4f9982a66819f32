import { GREY } from './colour.js'
import { createPicture } from './picture.js'
import type { VideoPattern } from './ports.js'
import { createRandom } from './random.js'
import type { VideoSize } from './video-size.js'

/** Seeds of neighbouring frames lie far apart, so that no two seeds show each other's frames shifted. */
const FRAME_STRIDE = 0x6c078965

/**
 * Grey noise without any likeness between neighbours or frames: the most that a picture can ask of an encoder. The
 * picture follows from seed and index alone.
 */
export function createSnow({ width, height }: VideoSize, seed: number): VideoPattern {
  const frame = createPicture(width, height, GREY)
  const luma = frame.data.subarray(0, width * height)
  const words = new Uint32Array(frame.data.buffer, 0, Math.floor(luma.length / 4))
  return {
    draw(frameIndex) {
      const random = createRandom(seed + Math.imul(frameIndex, FRAME_STRIDE))
      for (let at = 0; at < words.length; at++) words[at] = random()
      for (let at = words.length * 4; at < luma.length; at++) luma[at] = random()
      return frame
    },
  }
}
