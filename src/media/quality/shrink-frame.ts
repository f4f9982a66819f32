import { i420Bytes, type VideoFrame } from '../ports.js'

interface Size {
  width: number
  height: number
}

/**
 * A picture at another size, each pixel the mean of the area it covers, as an encoder shrinks what it is told to send
 * smaller. Its shape follows the size.
 */
export function shrinkFrame(frame: VideoFrame, to: Size): VideoFrame {
  if (frame.width === to.width && frame.height === to.height) return frame
  const data = new Uint8Array(i420Bytes(to.width, to.height))
  const [half, toHalf] = [halved(frame), halved(to)]
  const luma = frame.width * frame.height
  const chroma = half.width * half.height
  const toLuma = to.width * to.height
  const toChroma = toHalf.width * toHalf.height
  const plane = (start: number, count: number) => frame.data.subarray(start, start + count)
  shrinkPlane(plane(0, luma), frame, data.subarray(0, toLuma), to)
  shrinkPlane(plane(luma, chroma), half, data.subarray(toLuma, toLuma + toChroma), toHalf)
  shrinkPlane(plane(luma + chroma, chroma), half, data.subarray(toLuma + toChroma), toHalf)
  return { ...to, data }
}

function halved({ width, height }: Size): Size {
  return { width: Math.ceil(width / 2), height: Math.ceil(height / 2) }
}

function shrinkPlane(source: Uint8Array, from: Size, target: Uint8Array, to: Size): void {
  for (let y = 0; y < to.height; y++) {
    const [top, bottom] = [edge(y, from.height, to.height), edge(y + 1, from.height, to.height)]
    for (let x = 0; x < to.width; x++) {
      const [left, right] = [edge(x, from.width, to.width), edge(x + 1, from.width, to.width)]
      target[y * to.width + x] = meanOf(source, from.width, {
        left,
        right: Math.max(right, left + 1),
        top,
        bottom: Math.max(bottom, top + 1),
      })
    }
  }
}

/** Where a pixel of the small picture begins in the large one, in whole pixels. */
function edge(position: number, from: number, to: number): number {
  return Math.min(from - (position < to ? 1 : 0), Math.round((position * from) / to))
}

interface Area {
  left: number
  right: number
  top: number
  bottom: number
}

function meanOf(source: Uint8Array, stride: number, { left, right, top, bottom }: Area): number {
  let sum = 0
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) sum += source[y * stride + x] ?? 0
  }
  return Math.round(sum / ((right - left) * (bottom - top)))
}
