import { createPlaneBlur } from './blur.js'
import type { FilterFunction } from './filter-function.js'
import { BLACK_LUMA, NO_CHROMA, CHROMA_STEPS, LUMA_STEPS, toYcc } from './bt601.js'
import { alphaOfChroma, type Layer, type Plane } from './layer.js'

type DropShadow = Extract<FilterFunction, { name: 'drop-shadow' }>

/**
 * Puts the shadow of a layer below it. It shows where the layer is transparent, so not below an opaque one: the
 * picture fills its frame, and there is no room beside it.
 */
export function createDropShadow({
  offsetX,
  offsetY,
  deviation,
  colour,
}: DropShadow): (layer: Layer) => void {
  const { red, green, blue, alpha: opacity } = colour
  const [luma, cb, cr] = toYcc(red, green, blue)
  const steps = { y: LUMA_STEPS * luma, u: CHROMA_STEPS * cb, v: CHROMA_STEPS * cr }
  const blur = createPlaneBlur(deviation)
  let shadow = new Uint8ClampedArray(0)
  return (layer) => {
    if (layer.isOpaque) return
    const { width, height, y, u, v, alpha } = layer
    if (shadow.length !== alpha.length) shadow = new Uint8ClampedArray(alpha.length)
    shift(alpha, shadow, { width, height, offsetX: Math.round(offsetX), offsetY: Math.round(offsetY) })
    blur(shadow, width, height, 0)
    const chromaWidth = Math.ceil(width / 2)
    for (let at = 0; at < u.length; at++) {
      const [column, row] = [at % chromaWidth, Math.floor(at / chromaWidth)]
      const below = 1 - alphaOfChroma(alpha, width, height, column, row) / 255
      const strength = (opacity * below * alphaOfChroma(shadow, width, height, column, row)) / 255
      u[at] = (u[at] ?? NO_CHROMA) + strength * steps.u
      v[at] = (v[at] ?? NO_CHROMA) + strength * steps.v
    }
    for (let at = 0; at < y.length; at++) {
      const strength = (opacity * (1 - (alpha[at] ?? 0) / 255) * (shadow[at] ?? 0)) / 255
      y[at] = (y[at] ?? BLACK_LUMA) + strength * steps.y
      alpha[at] = (alpha[at] ?? 0) + strength * 255
    }
  }
}

interface Shift {
  width: number
  height: number
  offsetX: number
  offsetY: number
}

function shift(source: Plane, target: Plane, { width, height, offsetX, offsetY }: Shift): void {
  target.fill(0)
  const left = Math.max(0, offsetX)
  const right = Math.min(width, width + offsetX)
  if (left >= right) return
  for (let row = Math.max(0, offsetY); row < Math.min(height, height + offsetY); row++) {
    const from = (row - offsetY) * width - offsetX
    target.set(source.subarray(from + left, from + right), row * width + left)
  }
}
