import type { Rgba } from './css-colour.js'

/** One filter function of CSS (Filter Effects Module Level 1 §6); amounts are 1 for 100 %. */
export type FilterFunction =
  | { name: ColourFunctionName; amount: number }
  | { name: 'opacity'; amount: number }
  | { name: 'hue-rotate'; degrees: number }
  | { name: 'blur'; deviation: number }
  | { name: 'drop-shadow'; offsetX: number; offsetY: number; deviation: number; colour: Rgba }

export type ColourFunctionName = 'grayscale' | 'sepia' | 'saturate' | 'invert' | 'brightness' | 'contrast'

/** Every filter function there is, in the order of the specification. */
export const FILTER_FUNCTIONS = [
  'blur',
  'brightness',
  'contrast',
  'drop-shadow',
  'grayscale',
  'hue-rotate',
  'invert',
  'opacity',
  'saturate',
  'sepia',
] as const
