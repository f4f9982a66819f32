import { BLACK } from './colour.js'
import type { Fit } from './fit.js'
import { createPicture } from './picture.js'
import { i420Bytes, type VideoFrame } from './ports.js'

interface Size {
  width: number
  height: number
}

/**
 * Brings pictures of one size to another by bilinear interpolation, keeping their shape as `fit` says. The frame that
 * is returned is used again by the next call. What is more than halved loses detail unsmoothed.
 */
export function createScaler(from: Size, to: Size, fit: Fit): (frame: VideoFrame) => VideoFrame {
  if (from.width === to.width && from.height === to.height) return (frame) => frame
  const target = createPicture(to.width, to.height, BLACK)
  const { source, destination } = fitRectangles(from, to, fit)
  const chroma = { from: halved(from), to: halved(to) }
  const planes = [
    planeMap(from, to, source, destination),
    planeMap(chroma.from, chroma.to, halvedRectangle(source), halvedRectangle(destination)),
  ] as const
  const offsets = { from: planeOffsets(from), to: planeOffsets(to) }
  return (frame) => {
    for (const [index, offset] of offsets.from.entries()) {
      scalePlane(frame.data, offset, target.data, offsets.to[index] ?? 0, index === 0 ? planes[0] : planes[1])
    }
    return target
  }
}

interface Rectangle extends Size {
  x: number
  y: number
}

/** Which part of the source goes where; even edges, so that chroma goes with its luma. */
export function fitRectangles(from: Size, to: Size, fit: Fit): { source: Rectangle; destination: Rectangle } {
  const whole = (size: Size) => ({ x: 0, y: 0, ...size })
  if (fit === 'stretch') return { source: whole(from), destination: whole(to) }
  if (fit === 'contain') return { source: whole(from), destination: centred(to, shaped(to, from)) }
  return { source: centred(from, shaped(from, to)), destination: whole(to) }
}

/** The largest size of the shape of `like` within `box`. */
function shaped(box: Size, like: Size): Size {
  const ratio = like.width / like.height
  return box.width / box.height > ratio
    ? { width: Math.min(box.width, evenly(box.height * ratio)), height: box.height }
    : { width: box.width, height: Math.min(box.height, evenly(box.width / ratio)) }
}

function centred(box: Size, inner: Size): Rectangle {
  return { x: evenly((box.width - inner.width) / 2), y: evenly((box.height - inner.height) / 2), ...inner }
}

function evenly(pixels: number): number {
  return Math.max(0, 2 * Math.round(pixels / 2))
}

function halved({ width, height }: Size): Size {
  return { width: Math.ceil(width / 2), height: Math.ceil(height / 2) }
}

function halvedRectangle({ x, y, ...size }: Rectangle): Rectangle {
  return { x: x / 2, y: y / 2, ...halved(size) }
}

function planeOffsets(size: Size): [number, number, number] {
  const lumaBytes = size.width * size.height
  const chromaBytes = (i420Bytes(size.width, size.height) - lumaBytes) / 2
  return [0, lumaBytes, lumaBytes + chromaBytes]
}

/** For each column and row of the destination where it is in the source, in 256ths of a pixel. */
interface PlaneMap {
  columns: Int32Array
  rows: Int32Array
  fromStride: number
  toStride: number
  toX: number
  toY: number
  lastColumn: number
  lastRow: number
}

function planeMap(from: Size, to: Size, source: Rectangle, destination: Rectangle): PlaneMap {
  const positions = (count: number, start: number, length: number, last: number) =>
    Int32Array.from({ length: count }, (_, index) => {
      const position = start + ((index + 0.5) * length) / count - 0.5
      return Math.round(Math.min(last, Math.max(0, position)) * 256)
    })
  const [lastColumn, lastRow] = [from.width - 1, from.height - 1]
  return {
    columns: positions(destination.width, source.x, source.width, lastColumn),
    rows: positions(destination.height, source.y, source.height, lastRow),
    fromStride: from.width,
    toStride: to.width,
    toX: destination.x,
    toY: destination.y,
    lastColumn,
    lastRow,
  }
}

/** Takes everything as an argument: a closure over two shapes would be compiled for neither. */
function scalePlane(
  from: Uint8Array,
  fromOffset: number,
  to: Uint8Array,
  toOffset: number,
  { columns, rows, fromStride, toStride, toX, toY, lastColumn, lastRow }: PlaneMap,
): void {
  for (let row = 0; row < rows.length; row++) {
    const y = rows[row] ?? 0
    const upper = fromOffset + (y >> 8) * fromStride
    const lower = fromOffset + Math.min(lastRow, (y >> 8) + 1) * fromStride
    const down = y & 255
    let at = toOffset + (toY + row) * toStride + toX
    for (let column = 0; column < columns.length; column++) {
      const x = columns[column] ?? 0
      const left = x >> 8
      const right = Math.min(lastColumn, left + 1)
      const along = x & 255
      const top = (from[upper + left] ?? 0) * (256 - along) + (from[upper + right] ?? 0) * along
      const bottom = (from[lower + left] ?? 0) * (256 - along) + (from[lower + right] ?? 0) * along
      to[at++] = (top * (256 - down) + bottom * down + 32_768) >> 16
    }
  }
}
