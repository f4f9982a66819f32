import { BLACK_LUMA, CHROMA_STEPS, LUMA_STEPS, NO_CHROMA, toRgb, toYcc, type Triple } from './bt601.js'
import type { ColourMap } from './colour-map.js'
import type { Layer } from './layer.js'

/**
 * A pass for a map that leaves nothing to cut off. Between Y'CbCr and R'G'B' everything is affine, so it is one affine
 * map of Y'CbCr, and that is sums of table values.
 */
export function compileAffinePass(map: ColourMap): (layer: Layer) => void {
  const tables = affineTables(map)
  return (layer) => applyAffine(layer, tables)
}

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

function applyMap(map: ColourMap, [red, green, blue]: Triple): Triple {
  const row = ([r, g, b, addend]: ColourMap[number]) => r * red + g * green + b * blue + addend
  return [row(map[0]), row(map[1]), row(map[2])]
}
