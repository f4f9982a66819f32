import {
  BLACK_LUMA,
  BLUE_LUMA,
  BLUE_REACH,
  CHROMA_STEPS,
  GREEN_LUMA,
  LUMA_STEPS,
  NO_CHROMA,
  RED_LUMA,
  RED_REACH,
  toRgb,
} from './bt601.js'
import type { ColourMap } from './colour-map.js'
import type { Layer, Plane } from './layer.js'

/** A pass for maps that colours have to be cut off between: each pixel is red, green and blue on its way. */
export function compileRgbPass(first: ColourMap, rest: readonly ColourMap[]): (layer: Layer) => void {
  const tables = rgbTables(first)
  const factors = Float64Array.from(rest.flatMap((map) => map.flatMap(inFull)))
  return (layer) => applyInRgb(layer, tables, factors)
}

/** Red, green and blue are counted to FULL, so what is added is too; half a step more, and cutting off is rounding. */
function inFull([red, green, blue, addend]: ColourMap[number]): number[] {
  return [red, green, blue, addend * FULL + 0.5]
}

/** Red, green and blue as whole numbers from 0 to this. */
const FULL = 2 ** 14

/** Luma from those, in fixed point with as many bits as 32 bits hold. */
const LUMA_BITS = 22
const LUMA_HALF = BLACK_LUMA * 2 ** LUMA_BITS + 2 ** (LUMA_BITS - 1)
const LUMA_UNIT = (LUMA_STEPS * 2 ** LUMA_BITS) / FULL
const FROM_RED = Math.round(RED_LUMA * LUMA_UNIT)
const FROM_GREEN = Math.round(GREEN_LUMA * LUMA_UNIT)
const FROM_BLUE = Math.round(BLUE_LUMA * LUMA_UNIT)

/** The colour that the first map makes, as contributions of each value of each plane, nine tables of 256. */
interface RgbTables {
  redFromY: Int32Array
  redFromU: Int32Array
  redFromV: Int32Array
  greenFromY: Int32Array
  greenFromU: Int32Array
  greenFromV: Int32Array
  blueFromY: Int32Array
  blueFromU: Int32Array
  blueFromV: Int32Array
}

function rgbTables(map: ColourMap): RgbTables {
  const table = (output: 0 | 1 | 2, input: 0 | 1 | 2) =>
    Int32Array.from({ length: 256 }, (_, value) => {
      const scaled = input === 0 ? (value - BLACK_LUMA) / LUMA_STEPS : (value - NO_CHROMA) / CHROMA_STEPS
      const [red, green, blue] = toRgb(
        input === 0 ? scaled : 0,
        input === 1 ? scaled : 0,
        input === 2 ? scaled : 0,
      )
      const [r, g, b, addend] = map[output]
      return Math.round(FULL * (r * red + g * green + b * blue + (input === 0 ? addend : 0)))
    })
  return {
    redFromY: table(0, 0),
    redFromU: table(0, 1),
    redFromV: table(0, 2),
    greenFromY: table(1, 0),
    greenFromU: table(1, 1),
    greenFromV: table(1, 2),
    blueFromY: table(2, 0),
    blueFromU: table(2, 1),
    blueFromV: table(2, 2),
  }
}

/** What the chroma samples of one row are to the pixels beside them: the tint they give, the sum that comes of it. */
interface ChromaRow {
  redTint: Int32Array
  greenTint: Int32Array
  blueTint: Int32Array
  redSum: Int32Array
  greenSum: Int32Array
  blueSum: Int32Array
}

/** `factors` are those of the further maps, twelve each. */
function applyInRgb(layer: Layer, tables: RgbTables, factors: Float64Array): void {
  const { width, height } = layer
  const chromaWidth = (width + 1) >> 1
  const sums = () => new Int32Array(chromaWidth)
  const chroma: ChromaRow = {
    redTint: sums(),
    greenTint: sums(),
    blueTint: sums(),
    redSum: sums(),
    greenSum: sums(),
    blueSum: sums(),
  }
  for (let row = 0; row < height; row += 2) {
    beginChromaRow(layer, row >> 1, tables, chroma)
    mapLumaRow(layer.y, width, row, tables, chroma, factors)
    if (row + 1 < height) mapLumaRow(layer.y, width, row + 1, tables, chroma, factors)
    endChromaRow(layer, row >> 1, chroma)
  }
}

function beginChromaRow({ u, v }: Layer, row: number, tables: RgbTables, chroma: ChromaRow): void {
  const { redFromU, redFromV, greenFromU, greenFromV, blueFromU, blueFromV } = tables
  const { redTint, greenTint, blueTint, redSum, greenSum, blueSum } = chroma
  let at = row * redTint.length
  for (let column = 0; column < redTint.length; column++, at++) {
    const oldU = u[at] ?? 0
    const oldV = v[at] ?? 0
    redTint[column] = (redFromU[oldU] ?? 0) + (redFromV[oldV] ?? 0)
    greenTint[column] = (greenFromU[oldU] ?? 0) + (greenFromV[oldV] ?? 0)
    blueTint[column] = (blueFromU[oldU] ?? 0) + (blueFromV[oldV] ?? 0)
    redSum[column] = 0
    greenSum[column] = 0
    blueSum[column] = 0
  }
}

// Six plain arguments: this is where the time goes, and an object for each row would cost more than it explains.
// eslint-disable-next-line max-params
function mapLumaRow(
  y: Plane,
  width: number,
  row: number,
  { redFromY, greenFromY, blueFromY }: RgbTables,
  { redTint, greenTint, blueTint, redSum, greenSum, blueSum }: ChromaRow,
  factors: Float64Array,
): void {
  for (let x = 0, at = row * width; x < width; x++, at++) {
    const column = x >> 1
    const luma = y[at] ?? 0
    let red = clampToFull((redFromY[luma] ?? 0) + (redTint[column] ?? 0))
    let green = clampToFull((greenFromY[luma] ?? 0) + (greenTint[column] ?? 0))
    let blue = clampToFull((blueFromY[luma] ?? 0) + (blueTint[column] ?? 0))
    for (let f = 0; f < factors.length; f += 12) {
      const r = red
      const g = green
      const b = blue
      red = clampToFull(dot(factors, f, r, g, b))
      green = clampToFull(dot(factors, f + 4, r, g, b))
      blue = clampToFull(dot(factors, f + 8, r, g, b))
    }
    y[at] = (FROM_RED * red + FROM_GREEN * green + FROM_BLUE * blue + LUMA_HALF) >> LUMA_BITS
    redSum[column] = (redSum[column] ?? 0) + red
    greenSum[column] = (greenSum[column] ?? 0) + green
    blueSum[column] = (blueSum[column] ?? 0) + blue
  }
}

function endChromaRow({ width, height, u, v }: Layer, row: number, chroma: ChromaRow): void {
  const { redSum, greenSum, blueSum } = chroma
  const rows = row * 2 + 1 < height ? 2 : 1
  let at = row * redSum.length
  for (let column = 0; column < redSum.length; column++, at++) {
    const pixels = rows * (column * 2 + 1 < width ? 2 : 1)
    const red = redSum[column] ?? 0
    const blue = blueSum[column] ?? 0
    const luma = RED_LUMA * red + GREEN_LUMA * (greenSum[column] ?? 0) + BLUE_LUMA * blue
    const unit = CHROMA_STEPS / (FULL * pixels)
    u[at] = NO_CHROMA + ((blue - luma) * unit) / BLUE_REACH
    v[at] = NO_CHROMA + ((red - luma) * unit) / RED_REACH
  }
}

/** One row of a map; the addend is in the unit of the colours. */
function dot(factors: Float64Array, at: number, red: number, green: number, blue: number): number {
  return (
    ((factors[at] ?? 0) * red +
      (factors[at + 1] ?? 0) * green +
      (factors[at + 2] ?? 0) * blue +
      (factors[at + 3] ?? 0)) |
    0
  )
}

function clampToFull(value: number): number {
  return value < 0 ? 0 : value > FULL ? FULL : value
}
