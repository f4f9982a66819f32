import type { VideoFrame } from './ports.js'

/** The picture as 8-bit RGB, three bytes a pixel, from BT.601 in limited range, which is what WebRTC's I420 holds. */
export function toRgb({ width, height, data }: VideoFrame): Uint8Array {
  const chromaWidth = Math.ceil(width / 2)
  const uStart = width * height
  const vStart = uStart + chromaWidth * Math.ceil(height / 2)
  const rgb = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    const chromaRow = (y >> 1) * chromaWidth
    convertRow(data, y * width, uStart + chromaRow, vStart + chromaRow, rgb, width)
  }
  return rgb
}

/** One row; flat arguments, because it runs for every pixel. The factors are those of BT.601 times 65536. */
function convertRow(
  data: Uint8Array,
  luma: number,
  u: number,
  v: number,
  rgb: Uint8Array,
  width: number,
): void {
  let at = luma * 3
  for (let x = 0; x < width; x++) {
    const y = ((data[luma + x] ?? 16) - 16) * 76_309 + 32_768
    const cb = (data[u + (x >> 1)] ?? 128) - 128
    const cr = (data[v + (x >> 1)] ?? 128) - 128
    rgb[at++] = clamp((y + 104_597 * cr) >> 16)
    rgb[at++] = clamp((y - 25_675 * cb - 53_279 * cr) >> 16)
    rgb[at++] = clamp((y + 132_201 * cb) >> 16)
  }
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value
}
