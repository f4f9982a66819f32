import { BLACK, colourOfRgb } from './colour.js'
import { createPicture } from './picture.js'
import type { VideoFrame } from './ports.js'

/** 8-bit RGB, three bytes a pixel, as I420 in BT.601 limited range; chroma is that of the mean of its four pixels. */
export function pictureOfRgb(rgb: Uint8Array, width: number, height: number): VideoFrame {
  const frame = createPicture(width, height, BLACK)
  const chromaWidth = Math.ceil(width / 2)
  const chromaHeight = Math.ceil(height / 2)
  const uStart = width * height
  const vStart = uStart + chromaWidth * chromaHeight
  for (let at = 0; at < width * height; at++) {
    frame.data[at] = colourOfRgb(rgb[at * 3] ?? 0, rgb[at * 3 + 1] ?? 0, rgb[at * 3 + 2] ?? 0).y
  }
  for (let row = 0; row < chromaHeight; row++) {
    for (let column = 0; column < chromaWidth; column++) {
      const { u, v } = meanColour(rgb, width, height, column * 2, row * 2)
      frame.data[uStart + row * chromaWidth + column] = u
      frame.data[vStart + row * chromaWidth + column] = v
    }
  }
  return frame
}

/** Of the block of two by two pixels, or of what the picture has of it. */
function meanColour(rgb: Uint8Array, width: number, height: number, x: number, y: number) {
  const sums = [0, 0, 0]
  const right = Math.min(width - 1, x + 1)
  const bottom = Math.min(height - 1, y + 1)
  for (const pixel of [y * width + x, y * width + right, bottom * width + x, bottom * width + right]) {
    for (let part = 0; part < 3; part++) sums[part] = (sums[part] ?? 0) + (rgb[pixel * 3 + part] ?? 0)
  }
  const [red = 0, green = 0, blue = 0] = sums.map((sum) => sum / 4)
  return colourOfRgb(red, green, blue)
}
