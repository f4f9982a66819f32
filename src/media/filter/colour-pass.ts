import { compileAffinePass } from './affine-pass.js'
import { mergeColourMaps, staysInGamut, type ColourMap } from './colour-map.js'
import type { Layer } from './layer.js'
import { compileRgbPass } from './rgb-pass.js'

/** Applies colour maps to every pixel of a layer whose colours are not premultiplied, in one pass over it. */
export type ColourPass = (layer: Layer) => void

/** Compiles maps that follow each other into one pass; as little as possible is left to do for a pixel. */
export function compileColourPass(maps: readonly ColourMap[]): ColourPass {
  const [first, ...rest] = mergeColourMaps(maps)
  if (first === undefined) return () => undefined
  return rest.length === 0 && staysInGamut(first) ? compileAffinePass(first) : compileRgbPass(first, rest)
}
