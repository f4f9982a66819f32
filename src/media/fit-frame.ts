import { i420Bytes, type VideoFrame } from './ports.js'
import type { VideoSize } from './video-size.js'

const BLACK_LUMA = 16
const NEUTRAL_CHROMA = 128

type PictureSize = Pick<VideoSize, 'width' | 'height'>

/**
 * The whole picture at another size, its shape kept, with black bars where the shapes differ; a picture that has the
 * size already is returned as it is. Sampled bilinearly (BT.601 limited range black).
 */
export function fitFrame(frame: VideoFrame, { width, height }: PictureSize): VideoFrame {
  if (frame.width === width && frame.height === height) return frame
  const data = new Uint8Array(i420Bytes(width, height)).fill(NEUTRAL_CHROMA)
  data.fill(BLACK_LUMA, 0, width * height)
  const box = boxIn(frame, { width, height })
  const [fromPlanes, toPlanes] = [planesOf(frame), planesOf({ width, height, data })]
  fromPlanes.forEach((from, index) => {
    const to = toPlanes[index]
    if (to) scalePlane(from, to, index === 0 ? box : chromaBox(box))
  })
  return { width, height, data }
}

interface Plane {
  data: Uint8Array
  width: number
  height: number
}

interface Box extends PictureSize {
  x: number
  y: number
}

function planesOf({ width, height, data }: VideoFrame): Plane[] {
  const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) }
  const lumaBytes = width * height
  const chromaBytes = half.width * half.height
  return [
    { width, height, data: data.subarray(0, lumaBytes) },
    { ...half, data: data.subarray(lumaBytes, lumaBytes + chromaBytes) },
    { ...half, data: data.subarray(lumaBytes + chromaBytes, lumaBytes + 2 * chromaBytes) },
  ]
}

/** The largest box of the picture's shape, centred on even pixels so that chroma is not split. */
function boxIn(from: PictureSize, to: PictureSize): Box {
  const scale = Math.min(to.width / from.width, to.height / from.height)
  const side = (length: number, limit: number) =>
    Math.min(limit, Math.max(2, 2 * Math.round((length * scale) / 2)))
  const width = side(from.width, to.width)
  const height = side(from.height, to.height)
  const centre = (outer: number, inner: number) => 2 * Math.floor((outer - inner) / 4)
  return { width, height, x: centre(to.width, width), y: centre(to.height, height) }
}

function chromaBox({ x, y, width, height }: Box): Box {
  return { x: x / 2, y: y / 2, width: Math.ceil(width / 2), height: Math.ceil(height / 2) }
}

function scalePlane(from: Plane, to: Plane, box: Box): void {
  const columns = sampleAxis(from.width, box.width)
  const rows = sampleAxis(from.height, box.height)
  for (let row = 0; row < box.height; row++) {
    const above = (rows.near[row] ?? 0) * from.width
    const below = (rows.far[row] ?? 0) * from.width
    const target = (box.y + row) * to.width + box.x
    blendRow(from.data, above, below, rows.weight[row] ?? 0, columns, to.data, target, box.width)
  }
}

/** The two samples next to each target sample, and the weight of the far one of 256. */
interface Axis {
  near: Int32Array
  far: Int32Array
  weight: Int32Array
}

function sampleAxis(from: number, to: number): Axis {
  const near = new Int32Array(to)
  const far = new Int32Array(to)
  const weight = new Int32Array(to)
  for (let index = 0; index < to; index++) {
    const position = Math.min(from - 1, Math.max(0, ((index + 0.5) * from) / to - 0.5))
    near[index] = Math.floor(position)
    far[index] = Math.min(from - 1, Math.floor(position) + 1)
    weight[index] = Math.round((position - Math.floor(position)) * 256)
  }
  return { near, far, weight }
}

/** One target row; flat arguments and no objects inside, because it runs for every pixel. */
function blendRow(
  from: Uint8Array,
  above: number,
  below: number,
  rowWeight: number,
  { near, far, weight }: Axis,
  to: Uint8Array,
  target: number,
  width: number,
): void {
  for (let column = 0; column < width; column++) {
    const left = near[column] ?? 0
    const right = far[column] ?? 0
    const across = weight[column] ?? 0
    const upper = (from[above + left] ?? 0) * (256 - across) + (from[above + right] ?? 0) * across
    const lower = (from[below + left] ?? 0) * (256 - across) + (from[below + right] ?? 0) * across
    to[target + column] = (upper * (256 - rowWeight) + lower * rowWeight + 32_768) >> 16
  }
}
