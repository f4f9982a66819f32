import { mergeColourMaps, staysInGamut, type ColourMap } from './colour-map.js'
import {
  BLACK_LUMA,
  BLUE_LUMA,
  CHROMA_STEPS,
  LUMA_STEPS,
  NO_CHROMA,
  RED_LUMA,
  type Layer,
  type Plane,
} from './layer.js'

/** Applies colour maps to every pixel of a layer whose colours are not premultiplied, in one pass over it. */
export type ColourPass = (layer: Layer) => void

/** Compiles maps that follow each other into one pass; as little as possible is left to do for a pixel. */
export function compileColourPass(maps: readonly ColourMap[]): ColourPass {
  const [first, ...rest] = mergeColourMaps(maps)
  if (first === undefined) return () => undefined
  if (rest.length === 0 && staysInGamut(first)) {
    const tables = affineTables(first)
    return (layer) => applyAffine(layer, tables)
  }
  const tables = rgbTables(first)
  const factors = Float64Array.from(rest.flatMap((map) => map.flatMap(inFull)))
  return (layer) => applyInRgb(layer, tables, factors)
}

/** Red, green and blue are counted to FULL, so what is added is too; half a step more, and cutting off is rounding. */
function inFull([red, green, blue, addend]: ColourMap[number]): number[] {
  return [red, green, blue, addend * FULL + 0.5]
}

const GREEN_LUMA = 1 - RED_LUMA - BLUE_LUMA

/** Full-scale Cb is (B - Y) / this, full-scale Cr (R - Y) / the other. */
const BLUE_REACH = 2 * (1 - BLUE_LUMA)
const RED_REACH = 2 * (1 - RED_LUMA)

/** Fixed point: 16 bits after the point, and a half of the last bit so that shifting rounds. */
const FRACTION_BITS = 16
const ONE = 2 ** FRACTION_BITS

/** A contribution to each plane of the result from each value of each plane, nine tables of 256. */
interface AffineTables {
  yFromY: Int32Array
  yFromU: Int32Array
  yFromV: Int32Array
  uFromY: Int32Array
  uFromU: Int32Array
  uFromV: Int32Array
  vFromY: Int32Array
  vFromU: Int32Array
  vFromV: Int32Array
}

/** Between Y'CbCr and R'G'B' everything is affine, so a map that cuts nothing off is one affine map of Y'CbCr. */
function affineTables(map: ColourMap): AffineTables {
  const at = (luma: number, cb: number, cr: number) => {
    const [red, green, blue] = applyMap(map, toRgb(luma, cb, cr))
    return toYcc(red, green, blue)
  }
  const origin = at(0, 0, 0)
  const [fromY, fromU, fromV] = [at(1, 0, 0), at(0, 1, 0), at(0, 0, 1)]
  const table = (output: 0 | 1 | 2, input: 0 | 1 | 2) => {
    const steps = output === 0 ? LUMA_STEPS : CHROMA_STEPS
    const black = output === 0 ? BLACK_LUMA : NO_CHROMA
    const factor = ([fromY, fromU, fromV][input]?.[output] ?? 0) - origin[output]
    // What does not depend on the input is added once, with the luma.
    const addend = input === 0 ? black + steps * origin[output] + 0.5 : 0
    return Int32Array.from({ length: 256 }, (_, value) => {
      const scaled = input === 0 ? (value - BLACK_LUMA) / LUMA_STEPS : (value - NO_CHROMA) / CHROMA_STEPS
      return Math.round(ONE * (steps * factor * scaled + addend))
    })
  }
  return {
    yFromY: table(0, 0),
    yFromU: table(0, 1),
    yFromV: table(0, 2),
    uFromY: table(1, 0),
    uFromU: table(1, 1),
    uFromV: table(1, 2),
    vFromY: table(2, 0),
    vFromU: table(2, 1),
    vFromV: table(2, 2),
  }
}

function applyAffine({ width, height, y, u, v }: Layer, tables: AffineTables): void {
  const { yFromY, yFromU, yFromV } = tables
  const chromaWidth = (width + 1) >> 1
  const tints = new Int32Array(chromaWidth)
  for (let row = 0; row < height; row++) {
    const chromaStart = (row >> 1) * chromaWidth
    if (row % 2 === 0) {
      for (let column = 0; column < chromaWidth; column++) {
        const at = chromaStart + column
        tints[column] = (yFromU[u[at] ?? 0] ?? 0) + (yFromV[v[at] ?? 0] ?? 0)
      }
      applyAffineToChroma({ width, height, y, u, v }, row, tables)
    }
    for (let x = 0, at = row * width; x < width; x++, at++) {
      y[at] = ((yFromY[y[at] ?? 0] ?? 0) + (tints[x >> 1] ?? 0)) >> FRACTION_BITS
    }
  }
}

/** One row of U and V, from the two rows of Y beside it that are as they were. */
function applyAffineToChroma(
  planes: Omit<Layer, 'data' | 'alpha' | 'isOpaque'>,
  row: number,
  tables: AffineTables,
): void {
  const { width, height, y, u, v } = planes
  const { uFromY, uFromU, uFromV, vFromY, vFromU, vFromV } = tables
  const top = row * width
  const bottom = row + 1 < height ? top + width : top
  const chromaWidth = (width + 1) >> 1
  let at = (row >> 1) * chromaWidth
  for (let column = 0; column < chromaWidth; column++, at++) {
    const left = column * 2
    const right = left + 1 < width ? left + 1 : left
    const sum =
      (y[top + left] ?? 0) + (y[top + right] ?? 0) + (y[bottom + left] ?? 0) + (y[bottom + right] ?? 0)
    const luma = (sum + 2) >> 2
    const oldU = u[at] ?? 0
    const oldV = v[at] ?? 0
    u[at] = ((uFromY[luma] ?? 0) + (uFromU[oldU] ?? 0) + (uFromV[oldV] ?? 0)) >> FRACTION_BITS
    v[at] = ((vFromY[luma] ?? 0) + (vFromU[oldU] ?? 0) + (vFromV[oldV] ?? 0)) >> FRACTION_BITS
  }
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

type Triple = [number, number, number]

function toRgb(luma: number, cb: number, cr: number): Triple {
  const red = luma + RED_REACH * cr
  const blue = luma + BLUE_REACH * cb
  return [red, (luma - RED_LUMA * red - BLUE_LUMA * blue) / GREEN_LUMA, blue]
}

function toYcc(red: number, green: number, blue: number): Triple {
  const luma = RED_LUMA * red + GREEN_LUMA * green + BLUE_LUMA * blue
  return [luma, (blue - luma) / BLUE_REACH, (red - luma) / RED_REACH]
}

function applyMap(map: ColourMap, [red, green, blue]: Triple): Triple {
  const row = ([r, g, b, addend]: ColourMap[number]) => r * red + g * green + b * blue + addend
  return [row(map[0]), row(map[1]), row(map[2])]
}
