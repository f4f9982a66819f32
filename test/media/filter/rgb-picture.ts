import { i420Bytes, type VideoFrame } from '../../../src/media/ports.js'

/** A picture of red, green, blue and alpha bytes, as a canvas has it. */
export interface RgbPicture {
  width: number
  height: number
  data: Uint8ClampedArray
}

/** ITU-R BT.601, limited range. */
export function toI420({ width, height, data }: RgbPicture): VideoFrame {
  const frame = new Uint8Array(i420Bytes(width, height))
  const [chromaWidth, chromaHeight] = [Math.ceil(width / 2), Math.ceil(height / 2)]
  const chroma = chromaWidth * chromaHeight
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) frame[y * width + x] = Math.round(16 + 219 * ycc(data, y * width + x)[0])
  }
  for (let row = 0; row < chromaHeight; row++) {
    for (let column = 0; column < chromaWidth; column++) {
      const pixels = [0, 1].flatMap((down) =>
        [0, 1].map((across) => {
          const [x, y] = [Math.min(column * 2 + across, width - 1), Math.min(row * 2 + down, height - 1)]
          return ycc(data, y * width + x)
        }),
      )
      const mean = (part: 1 | 2) => pixels.reduce((sum, pixel) => sum + pixel[part], 0) / pixels.length
      frame[width * height + row * chromaWidth + column] = Math.round(128 + 224 * mean(1))
      frame[width * height + chroma + row * chromaWidth + column] = Math.round(128 + 224 * mean(2))
    }
  }
  return { width, height, data: frame }
}

/** ITU-R BT.601, limited range; each chroma sample belongs to its four pixels. */
export function toRgb({ width, height, data: frame }: VideoFrame): RgbPicture {
  const data = new Uint8ClampedArray(width * height * 4)
  const chromaWidth = Math.ceil(width / 2)
  const chroma = chromaWidth * Math.ceil(height / 2)
  for (let at = 0; at < width * height; at++) {
    const sample = Math.floor(Math.floor(at / width) / 2) * chromaWidth + Math.floor((at % width) / 2)
    const luma = ((frame[at] ?? 0) - 16) / 219
    const cb = ((frame[width * height + sample] ?? 0) - 128) / 224
    const cr = ((frame[width * height + chroma + sample] ?? 0) - 128) / 224
    const [red, blue] = [luma + 1.402 * cr, luma + 1.772 * cb]
    const green = (luma - 0.299 * red - 0.114 * blue) / 0.587
    data.set([red * 255, green * 255, blue * 255, 255], at * 4)
  }
  return { width, height, data }
}

/** Peak signal to noise ratio of red, green and blue, in dB. */
export function psnrOfRgb(a: RgbPicture, b: RgbPicture): number {
  let sum = 0
  for (let at = 0; at < a.data.length; at++) {
    if (at % 4 !== 3) sum += ((a.data[at] ?? 0) - (b.data[at] ?? 0)) ** 2
  }
  return 10 * Math.log10((255 * 255 * a.width * a.height * 3) / sum)
}

/** Patches of every mixture of six levels of red, green and blue, a grey ramp, and a smooth sweep of colours. */
export function drawColourChart(): RgbPicture {
  const [width, height] = [144, 144]
  const data = new Uint8ClampedArray(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set([...colourAt(x, y), 255], (y * width + x) * 4)
  }
  return { width, height, data }
}

function colourAt(x: number, y: number): [number, number, number] {
  if (y >= 120) return [(x / 143) * 255, 255 - (x / 143) * 255, ((y - 120) / 23) * 255]
  if (y >= 96) return [x * (255 / 143), x * (255 / 143), x * (255 / 143)]
  const patch = Math.floor(y / 8) * 18 + Math.floor(x / 8)
  const level = (place: number) => (Math.floor(patch / 6 ** place) % 6) * 51
  return [level(0), level(1), level(2)]
}

function ycc(data: Uint8ClampedArray, pixel: number): [number, number, number] {
  const [red = 0, green = 0, blue = 0] = Array.from(
    data.subarray(pixel * 4, pixel * 4 + 3),
    (part) => part / 255,
  )
  const luma = 0.299 * red + 0.587 * green + 0.114 * blue
  return [luma, (blue - luma) / 1.772, (red - luma) / 1.402]
}
