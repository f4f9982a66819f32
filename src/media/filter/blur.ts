import { BLACK_LUMA, NO_CHROMA } from './bt601.js'
import type { Layer, Plane } from './layer.js'

/**
 * From this standard deviation on three box blurs are a Gaussian to within 3 %, at the same cost for any deviation
 * (Filter Effects Module Level 1 §9.14); below, the Gaussian itself is as cheap.
 */
const BOXES_FROM_DEVIATION = 2

/** Beyond three standard deviations a Gaussian is nothing in 8 bits. */
const KERNEL_REACH = 3

/** Blurs a plane in both directions; what is outside of it is `black`. */
export type PlaneBlur = (plane: Plane, width: number, height: number, black: number) => void

/** Blurs a layer; beyond its edges it is transparent, as `blur()` in CSS has it. `deviation` is in pixels of Y. */
export type LayerBlur = (layer: Layer, options: { withAlpha: boolean }) => void

export function createLayerBlur(deviation: number): LayerBlur {
  const blurLuma = createPlaneBlur(deviation)
  const blurChroma = createPlaneBlur(deviation, { isSubsampled: true })
  return (layer, { withAlpha }) => {
    const { width, height, y, u, v, alpha } = layer
    const [chromaWidth, chromaHeight] = [Math.ceil(width / 2), Math.ceil(height / 2)]
    blurLuma(y, width, height, BLACK_LUMA)
    blurChroma(u, chromaWidth, chromaHeight, NO_CHROMA)
    blurChroma(v, chromaWidth, chromaHeight, NO_CHROMA)
    if (!withAlpha) return
    if (layer.isOpaque) alpha.fill(255)
    layer.isOpaque = false
    blurLuma(alpha, width, height, 0)
  }
}

/** A blur that keeps its work space from one plane to the next. `deviation` is in pixels; a chroma plane has half of them. */
export function createPlaneBlur(deviation: number, { isSubsampled = false } = {}): PlaneBlur {
  if (deviation === 0) return () => undefined
  const own = isSubsampled ? deviation / 2 : deviation
  const blurLine = own < BOXES_FROM_DEVIATION ? createGaussian(deviation, isSubsampled) : createBoxes(own)
  let turned = new Uint8ClampedArray(0)
  let line = new Float64Array(0)
  return (plane, width, height, black) => {
    const room = Math.max(width, height) + 2 * marginOf(blurLine)
    if (turned.length !== plane.length) turned = new Uint8ClampedArray(plane.length)
    if (line.length < room) line = new Float64Array(room)
    blurAndTurn(plane, turned, { width, height, black, line, blurLine })
    blurAndTurn(turned, plane, { width: height, height: width, black, line, blurLine })
  }
}

interface LineBlur {
  /** Samples to either side that reach a sample. */
  reach: number
  /** Blurs the line from `start` on in place; there are `2 * reach + 1` zeros around it. */
  apply: (line: Float64Array, start: number, length: number) => void
}

interface Turn {
  width: number
  height: number
  black: number
  line: Float64Array
  blurLine: LineBlur
}

/** So far what is blurred spreads, and as far again what is looked at there. */
function marginOf({ reach }: LineBlur): number {
  return 2 * reach + 1
}

/** Blurs each row of `source` and writes it as a column of `target`, so that twice the same does both directions. */
function blurAndTurn(source: Plane, target: Plane, turn: Turn): void {
  const { width, height, black, line, blurLine } = turn
  const margin = marginOf(blurLine)
  for (let row = 0; row < height; row++) {
    line.fill(0, 0, margin)
    line.fill(0, margin + width, width + 2 * margin)
    for (let x = 0, from = row * width; x < width; x++, from++) line[margin + x] = (source[from] ?? 0) - black
    blurLine.apply(line, margin, width)
    for (let x = 0, to = row; x < width; x++, to += height) target[to] = (line[margin + x] ?? 0) + black
  }
}

function createGaussian(deviation: number, isSubsampled: boolean): LineBlur {
  const kernel = isSubsampled ? subsample(gaussian(deviation)) : gaussian(deviation)
  const reach = (kernel.length - 1) / 2
  let copy = new Float64Array(0)
  return {
    reach,
    apply(line, start, length) {
      if (copy.length < line.length) copy = new Float64Array(line.length)
      copy.set(line)
      for (let at = start; at < start + length; at++) {
        let value = 0
        for (let tap = 0; tap < kernel.length; tap++)
          value += (kernel[tap] ?? 0) * (copy[at + tap - reach] ?? 0)
        line[at] = value
      }
    },
  }
}

/** Weights that sum to 1, an odd number of them. */
function gaussian(deviation: number): Float64Array {
  const reach = Math.ceil(KERNEL_REACH * deviation)
  const weights = Array.from({ length: 2 * reach + 1 }, (_, index) =>
    Math.exp(-((index - reach) ** 2) / (2 * deviation ** 2)),
  )
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return Float64Array.from(weights, (weight) => weight / sum)
}

/** The kernel of samples that are each the mean of two pixels: what the blur of those pixels comes to. */
function subsample(kernel: Float64Array): Float64Array {
  const pixels = (kernel.length - 1) / 2
  const reach = Math.ceil((pixels + 1) / 2)
  const weightOf = (pixel: number) => kernel[pixel + pixels] ?? 0
  return Float64Array.from({ length: 2 * reach + 1 }, (_, index) => {
    const pixel = 2 * (index - reach)
    return weightOf(pixel) + (weightOf(pixel - 1) + weightOf(pixel + 1)) / 2
  })
}

/** The boxes of Filter Effects Module Level 1 §9.14: of odd size three alike, of even size two off centre and one wider. */
function createBoxes(deviation: number): LineBlur {
  const size = Math.floor((deviation * 3 * Math.sqrt(2 * Math.PI)) / 4 + 0.5)
  const half = Math.floor(size / 2)
  const wide = { before: half, after: half }
  const boxes =
    size % 2 === 1
      ? ([wide, wide, wide] as const)
      : ([{ before: half, after: half - 1 }, { before: half - 1, after: half }, wide] as const)
  const reach = 3 * half
  let copy = new Float64Array(0)
  return {
    reach,
    apply(line, start, length) {
      if (copy.length < line.length) copy = new Float64Array(line.length)
      const [first, second, third] = boxes
      // What the first two spread beyond the ends comes back in the next, so they run further.
      runBox(line, copy, start - reach, length + 2 * reach, first)
      runBox(copy, line, start - reach, length + 2 * reach, second)
      runBox(line, copy, start, length, third)
      line.set(copy.subarray(start, start + length), start)
    },
  }
}

interface Box {
  before: number
  after: number
}

/** Each value of `to` is the mean of those of `from` around it; a sum that moves along costs the same for any size. */
function runBox(
  from: Float64Array,
  to: Float64Array,
  start: number,
  length: number,
  { before, after }: Box,
): void {
  const scale = 1 / (before + after + 1)
  let sum = 0
  for (let at = start - before; at <= start + after; at++) sum += from[at] ?? 0
  for (let at = start; at < start + length; at++) {
    to[at] = sum * scale
    // One addition on the way to the next sum: what comes less what goes does not wait for it.
    sum += (from[at + after + 1] ?? 0) - (from[at - before] ?? 0)
  }
}
