import { BLACK_LUMA, NO_CHROMA } from './bt601.js'
import { i420Bytes, type VideoFrame } from '../ports.js'

/**
 * A picture while it is filtered: I420 as it looks on black, and how opaque each pixel is. Colours are therefore
 * premultiplied: black is 16 in Y and 128 in U and V. The planes are views of one buffer that a `VideoFrame` can own.
 */
export interface Layer {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
  readonly y: Plane
  readonly u: Plane
  readonly v: Plane
  /** 0 to 255 for each pixel of Y; only looked at where `isOpaque` is false. */
  readonly alpha: Plane
  isOpaque: boolean
}

/** Bytes that round and cut off what is written to them. */
export type Plane = Uint8ClampedArray

export function createLayer(width: number, height: number): Layer {
  const data = new Uint8Array(i420Bytes(width, height))
  const luma = width * height
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2)
  return {
    width,
    height,
    data,
    y: new Uint8ClampedArray(data.buffer, 0, luma),
    u: new Uint8ClampedArray(data.buffer, luma, chroma),
    v: new Uint8ClampedArray(data.buffer, luma + chroma, chroma),
    alpha: new Uint8ClampedArray(luma),
    isOpaque: true,
  }
}

/** Copies a frame of the layer's size into it. */
export function loadLayer(layer: Layer, { data }: VideoFrame): void {
  layer.data.set(data)
  layer.isOpaque = true
}

/** Makes the layer `amount` (0 to 1) as opaque as it is. */
export function fade(layer: Layer, amount: number): void {
  if (layer.isOpaque) layer.alpha.fill(255)
  layer.isOpaque = false
  scaleFrom(layer.alpha, 0, amount)
  scaleFrom(layer.y, BLACK_LUMA, amount)
  scaleFrom(layer.u, NO_CHROMA, amount)
  scaleFrom(layer.v, NO_CHROMA, amount)
}

function scaleFrom(plane: Plane, black: number, amount: number): void {
  const table = Uint8ClampedArray.from({ length: 256 }, (_, value) => black + (value - black) * amount)
  for (let at = 0; at < plane.length; at++) plane[at] = table[plane[at] ?? 0] ?? 0
}

/** The colours themselves instead of how they look on black; where nothing is left of them, black. */
export function unpremultiply(layer: Layer): void {
  eachPixel(layer, (black, value, alpha) => (alpha === 0 ? black : black + ((value - black) * 255) / alpha))
}

/** Undoes `unpremultiply`. */
export function premultiply(layer: Layer): void {
  eachPixel(layer, (black, value, alpha) => black + ((value - black) * alpha) / 255)
}

type Blend = (black: number, value: number, alpha: number) => number

function eachPixel({ width, height, y, u, v, alpha }: Layer, blend: Blend): void {
  for (let at = 0; at < y.length; at++) y[at] = blend(BLACK_LUMA, y[at] ?? 0, alpha[at] ?? 0)
  const chromaWidth = Math.ceil(width / 2)
  for (let at = 0; at < u.length; at++) {
    const opacity = alphaOfChroma(alpha, width, height, at % chromaWidth, Math.floor(at / chromaWidth))
    u[at] = blend(NO_CHROMA, u[at] ?? 0, opacity)
    v[at] = blend(NO_CHROMA, v[at] ?? 0, opacity)
  }
}

/** The mean opacity of the pixels that share a chroma sample, 0 to 255. */
export function alphaOfChroma(
  alpha: Plane,
  width: number,
  height: number,
  column: number,
  row: number,
): number {
  const left = column * 2
  const right = Math.min(left + 1, width - 1)
  const top = row * 2 * width
  const bottom = Math.min(row * 2 + 1, height - 1) * width
  const sum =
    (alpha[top + left] ?? 0) +
    (alpha[top + right] ?? 0) +
    (alpha[bottom + left] ?? 0) +
    (alpha[bottom + right] ?? 0)
  return sum / 4
}
