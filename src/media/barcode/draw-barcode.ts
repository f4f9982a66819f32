import type { VideoFrame, VideoStage } from '../ports.js'
import { barcodeHeight, columnEdge, COLUMNS, fitsBarcode, rowEdge, ROWS } from './layout.js'
import { encodeMark, type FrameMark } from './mark.js'

/** Luma of a one and of a zero: the whole limited range, so that no quantiser closes the gap. */
const ONE = 235
const ZERO = 16
const NO_CHROMA = 128

/**
 * The stage that marks every picture with its number and the time it is sent; the last one before the track, because
 * what comes after it would change the barcode. Pictures under 112x96 are left as they are.
 */
export function createBarcodeStage({ now = () => performance.now() } = {}): VideoStage {
  return (frame, { index, sequence }) => {
    if (fitsBarcode(frame.width, frame.height)) {
      drawBarcode(frame, { id: sequence >>> 0, index: index >>> 0, sentMs: Math.round(now()) >>> 0 })
    }
    return frame
  }
}

/** Draws the barcode of a mark over the top of the frame, in place. */
export function drawBarcode({ width, height, data }: VideoFrame, mark: FrameMark): void {
  const bits = encodeMark(mark)
  const rows = barcodeHeight(height)
  for (let row = 0; row < ROWS; row++) {
    const top = Math.round(rowEdge(row, height))
    // The last row of cells goes down to where the picture begins.
    const bottom = row === ROWS - 1 ? rows : Math.round(rowEdge(row + 1, height))
    for (let column = 0; column < COLUMNS; column++) {
      const left = Math.round(columnEdge(column, width))
      const right = Math.round(columnEdge(column + 1, width))
      data.fill(bits[row * COLUMNS + column] === 1 ? ONE : ZERO, top * width + left, top * width + right)
    }
    for (let y = top + 1; y < bottom; y++) data.copyWithin(y * width, top * width, (top + 1) * width)
  }
  const chromaWidth = Math.ceil(width / 2)
  const chroma = chromaWidth * Math.ceil(height / 2)
  for (const plane of [width * height, width * height + chroma]) {
    data.fill(NO_CHROMA, plane, plane + chromaWidth * (rows / 2))
  }
}
