import type { VideoFrame } from '../ports.js'
import { createLayerBlur } from './blur.js'
import { colourMapOf, type ColourMap } from './colour-map.js'
import { compileColourPass } from './colour-pass.js'
import { createDropShadow } from './drop-shadow.js'
import type { FilterFunction } from './filter-function.js'
import { createLayer, fade, loadLayer, premultiply, unpremultiply, type Layer } from './layer.js'

/** Filters a frame. What it returns is valid until the next call and leaves the frame it was given as it was. */
export type FrameFilter = (frame: VideoFrame) => VideoFrame

/**
 * Compiles CSS filter functions, applied in order, for frames of any size, which may change. A transparent picture is
 * shown on black. Colour functions that follow each other are one pass over the picture.
 */
export function createFrameFilter(filters: readonly FilterFunction[]): FrameFilter {
  if (filters.length === 0) return (frame) => frame
  const steps = compileSteps(fadeLate(filters))
  let layer = createLayer(0, 0)
  return (frame) => {
    const { width, height } = frame
    if (layer.width !== width || layer.height !== height) layer = createLayer(width, height)
    loadLayer(layer, frame)
    for (const step of steps) step(layer)
    return { width, height, data: layer.data }
  }
}

type Step = (layer: Layer) => void

/**
 * Opacity is the same before and after a colour function, which leaves alpha alone, and a blur, which is linear. After
 * everything it is a colour map of the picture on black; only a shadow has to be put below what is transparent already.
 */
function fadeLate(filters: readonly FilterFunction[]): FilterFunction[] {
  const ordered: FilterFunction[] = []
  let opacity = 1
  const settle = () => {
    if (opacity < 1) ordered.push({ name: 'opacity', amount: opacity })
    opacity = 1
  }
  for (const filter of filters) {
    if (filter.name === 'drop-shadow') settle()
    if (filter.name === 'opacity') opacity *= filter.amount
    else ordered.push(filter)
  }
  settle()
  return ordered
}

function compileSteps(filters: readonly FilterFunction[]): Step[] {
  const steps: Step[] = []
  let maps: ColourMap[] = []
  const settle = () => {
    if (maps.length > 0) steps.push(onColours(compileColourPass(maps)))
    maps = []
  }
  filters.forEach((filter, index) => {
    const isLast = index === filters.length - 1
    if (filter.name === 'blur') {
      settle()
      const blur = createLayerBlur(filter.deviation)
      // Who comes after it wants to know where the picture became transparent; black needs nothing but the picture.
      const withAlpha = filters.slice(index + 1).some(({ name }) => name !== 'opacity')
      steps.push((layer) => blur(layer, { withAlpha }))
    } else if (filter.name === 'drop-shadow') {
      settle()
      steps.push(createDropShadow(filter))
    } else if (filter.name === 'opacity' && !isLast) {
      settle()
      steps.push((layer) => fade(layer, filter.amount))
    } else {
      maps.push(colourMapOf(filter))
    }
  })
  settle()
  return steps
}

/** Colour functions work on the colours themselves, not on how they look on black. */
function onColours(pass: Step): Step {
  return (layer) => {
    if (!layer.isOpaque) unpremultiply(layer)
    pass(layer)
    if (!layer.isOpaque) premultiply(layer)
  }
}
