import type { VideoFrame } from '../ports.js'
import { columnEdge, COLUMNS, rowEdge, ROWS } from './layout.js'
import { decodeMark, MARK_BITS, type FrameMark } from './mark.js'

/** A cell is looked at in its middle half: scaling and the loop filters of codecs blur its edges. */
const INSET = 0.25

/** Less between the darkest and the brightest cell is no barcode. */
const MIN_CONTRAST = 48

/**
 * The mark of a received picture, of whatever size it arrived in; undefined where there is none that can be read.
 * Cells are told apart halfway between the darkest and the brightest one, so a change of contrast does no harm.
 */
export function readBarcode(frame: VideoFrame): FrameMark | undefined {
  const { width, height } = frame
  if (width < COLUMNS || height < COLUMNS) return undefined
  const levels = new Float64Array(MARK_BITS)
  let [darkest, brightest] = [255, 0]
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      const level = cellLevel(frame, column, row)
      levels[row * COLUMNS + column] = level
      darkest = Math.min(darkest, level)
      brightest = Math.max(brightest, level)
    }
  }
  if (brightest - darkest < MIN_CONTRAST) return undefined
  const threshold = (darkest + brightest) / 2
  return decodeMark(Uint8Array.from(levels, (level) => (level > threshold ? 1 : 0)))
}

/** Mean luma of the middle of a cell. */
function cellLevel({ width, height, data }: VideoFrame, column: number, row: number): number {
  const left = Math.round(columnEdge(column + INSET, width))
  const right = Math.max(left + 1, Math.round(columnEdge(column + 1 - INSET, width)))
  const top = Math.round(rowEdge(row + INSET, height))
  const bottom = Math.max(top + 1, Math.round(rowEdge(row + 1 - INSET, height)))
  let sum = 0
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) sum += data[y * width + x] ?? 0
  }
  return sum / ((right - left) * (bottom - top))
}
