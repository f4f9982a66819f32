import type { FilterFunction } from './filter-function.js'

/**
 * An affine map of a colour: three rows of factors of red, green and blue and an addend. Colours are in sRGB as it is
 * encoded, 0 to 1: the shorthand functions of CSS work there (Filter Effects Module Level 1 §6.1).
 */
export type ColourMap = readonly [Row, Row, Row]
type Row = readonly [number, number, number, number]

/** A filter function that changes colours only. */
export type ColourFunction = Exclude<FilterFunction, { name: 'blur' | 'drop-shadow' }>

/** What an 8-bit picture cannot show of a value beyond its range. */
const GAMUT_TOLERANCE = 0.25 / 255

/**
 * The map of a filter function, with the matrices of Filter Effects Module Level 1 §9.6 and §13. `opacity` is that of
 * a picture on black.
 */
export function colourMapOf(filter: ColourFunction): ColourMap {
  switch (filter.name) {
    case 'grayscale':
      return mix(filter.amount, GRAY)
    case 'sepia':
      return mix(filter.amount, SEPIA)
    case 'saturate':
      return mix(1 - filter.amount, LUMINANCE)
    case 'hue-rotate':
      return hueRotation(filter.degrees)
    case 'invert':
      return perChannel(1 - 2 * filter.amount, filter.amount)
    case 'brightness':
    case 'opacity':
      return perChannel(filter.amount, 0)
    case 'contrast':
      return perChannel(filter.amount, 0.5 - 0.5 * filter.amount)
    default:
      return filter satisfies never
  }
}

/**
 * The fewest maps that do the same one after the other when each result is cut off at 0 and 1: two become one where
 * the first leaves nothing to cut off.
 */
export function mergeColourMaps(maps: readonly ColourMap[]): ColourMap[] {
  const merged: ColourMap[] = []
  for (const map of maps) {
    const before = merged.at(-1)
    if (before && staysInGamut(before)) merged[merged.length - 1] = compose(map, before)
    else merged.push(map)
  }
  return merged
}

/** Whether no colour leaves the range of 0 to 1: the map is affine, so the corners of the colour cube tell. */
export function staysInGamut(map: ColourMap): boolean {
  return map.every(([red, green, blue, addend]) => {
    const factors = [red, green, blue]
    const least = factors.reduce((sum, factor) => sum + Math.min(0, factor), addend)
    const most = factors.reduce((sum, factor) => sum + Math.max(0, factor), addend)
    return least >= -GAMUT_TOLERANCE && most <= 1 + GAMUT_TOLERANCE
  })
}

const IDENTITY: ColourMap = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
]
const GRAY: ColourMap = [
  [0.2126, 0.7152, 0.0722, 0],
  [0.2126, 0.7152, 0.0722, 0],
  [0.2126, 0.7152, 0.0722, 0],
]
const SEPIA: ColourMap = [
  [0.393, 0.769, 0.189, 0],
  [0.349, 0.686, 0.168, 0],
  [0.272, 0.534, 0.131, 0],
]
/** As GRAY, with the rounded factors of `feColorMatrix`. */
const LUMINANCE: ColourMap = [
  [0.213, 0.715, 0.072, 0],
  [0.213, 0.715, 0.072, 0],
  [0.213, 0.715, 0.072, 0],
]
const HUE_SINE: ColourMap = [
  [-0.213, -0.715, 0.928, 0],
  [0.143, 0.14, -0.283, 0],
  [-0.787, 0.715, 0.072, 0],
]

function hueRotation(degrees: number): ColourMap {
  const angle = (degrees * Math.PI) / 180
  const turned = mix(1 - Math.cos(angle), LUMINANCE)
  return combine(turned, HUE_SINE, (base, sine) => base + Math.sin(angle) * sine)
}

/** From the unchanged colour (0) to that of `map` (1), and beyond. */
function mix(amount: number, map: ColourMap): ColourMap {
  return combine(IDENTITY, map, (before, after) => before + amount * (after - before))
}

function perChannel(factor: number, addend: number): ColourMap {
  return [
    [factor, 0, 0, addend],
    [0, factor, 0, addend],
    [0, 0, factor, addend],
  ]
}

function combine(a: ColourMap, b: ColourMap, join: (a: number, b: number) => number): ColourMap {
  const row = (index: 0 | 1 | 2): Row => {
    const [left, right] = [a[index], b[index]]
    return [
      join(left[0], right[0]),
      join(left[1], right[1]),
      join(left[2], right[2]),
      join(left[3], right[3]),
    ]
  }
  return [row(0), row(1), row(2)]
}

/** `second` after `first`. */
function compose(second: ColourMap, first: ColourMap): ColourMap {
  const [red, green, blue] = first
  const row = ([r, g, b, addend]: Row): Row => [
    r * red[0] + g * green[0] + b * blue[0],
    r * red[1] + g * green[1] + b * blue[1],
    r * red[2] + g * green[2] + b * blue[2],
    r * red[3] + g * green[3] + b * blue[3] + addend,
  ]
  return [row(second[0]), row(second[1]), row(second[2])]
}
