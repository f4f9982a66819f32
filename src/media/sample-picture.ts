import type { VideoFrame } from './ports.js'

/** Samples taken of each target pixel in each direction: enough that thin lines do not flicker, few enough for 10 fps. */
const SAMPLES = 3

/**
 * The picture as RGB of another, smaller size, three bytes a pixel. Each pixel is the mean of a few samples, so the cost
 * follows from the size of the result, whatever the size of the picture. Colours as in BT.601, limited range.
 */
export function samplePicture(frame: VideoFrame, width: number, height: number): Uint8Array {
  const rgb = new Uint8Array(width * height * 3)
  let at = 0
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const { y, u, v } = meanOf(frame, column / width, row / height, 1 / width, 1 / height)
      rgb[at++] = toByte(1.164 * (y - 16) + 1.596 * (v - 128))
      rgb[at++] = toByte(1.164 * (y - 16) - 0.392 * (u - 128) - 0.813 * (v - 128))
      rgb[at++] = toByte(1.164 * (y - 16) + 2.017 * (u - 128))
    }
  }
  return rgb
}

/** Of the part of the picture that begins at `left`, `top` and is `across` by `down` large, all from 0 to 1. */
function meanOf(
  { width, height, data }: VideoFrame,
  left: number,
  top: number,
  across: number,
  down: number,
): { y: number; u: number; v: number } {
  const chromaWidth = Math.ceil(width / 2)
  const uStart = width * height
  const vStart = uStart + chromaWidth * Math.ceil(height / 2)
  let [y, u, v] = [0, 0, 0]
  for (let sampleY = 0; sampleY < SAMPLES; sampleY++) {
    const row = Math.floor((top + ((sampleY + 0.5) * down) / SAMPLES) * height)
    for (let sampleX = 0; sampleX < SAMPLES; sampleX++) {
      const column = Math.floor((left + ((sampleX + 0.5) * across) / SAMPLES) * width)
      const chroma = (row >> 1) * chromaWidth + (column >> 1)
      y += data[row * width + column] ?? 16
      u += data[uStart + chroma] ?? 128
      v += data[vStart + chroma] ?? 128
    }
  }
  const count = SAMPLES * SAMPLES
  return { y: y / count, u: u / count, v: v / count }
}

function toByte(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)))
}
