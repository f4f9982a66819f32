/** The barcode fills the top of the picture from side to side, in cells; where they are follows from the size alone. */
export const COLUMNS = 28
export const ROWS = 4

/** The height of a row is this part of the picture's, so four of them take a sixth. */
const ROWS_IN_HEIGHT = 24

/** Pixels; a cell smaller than a 4x4 transform block does not survive an encoder. */
const MIN_CELL = 4

/** Whether a picture of this size has room for a barcode that can be read after encoding: from 112x96 on. */
export function fitsBarcode(width: number, height: number): boolean {
  return width >= COLUMNS * MIN_CELL && height >= ROWS_IN_HEIGHT * MIN_CELL
}

/** Left edge of a column (or the right edge of the one before), in pixels, a fraction where the width does not divide. */
export function columnEdge(column: number, width: number): number {
  return (column * width) / COLUMNS
}

/** Upper edge of a row of cells. */
export function rowEdge(row: number, height: number): number {
  return (row * height) / ROWS_IN_HEIGHT
}

/** Rows of pixels that belong to the barcode; even, so that no chroma sample is half in it. */
export function barcodeHeight(height: number): number {
  return 2 * Math.ceil(rowEdge(ROWS, height) / 2)
}
