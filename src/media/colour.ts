/** One colour in 8-bit limited-range Y'CbCr (ITU-R BT.601). */
export interface Colour {
  y: number
  u: number
  v: number
}

export const BLACK: Colour = { y: 16, u: 128, v: 128 }
export const WHITE: Colour = { y: 235, u: 128, v: 128 }
export const GREY: Colour = { y: 126, u: 128, v: 128 }

/** The names that `color:NAME` takes: those of CSS level 1 and orange, with CSS's own values (CSS Color 4 §6.1). */
export const COLOUR_NAMES: Readonly<Record<string, string>> = {
  black: '#000000',
  silver: '#c0c0c0',
  gray: '#808080',
  grey: '#808080',
  white: '#ffffff',
  maroon: '#800000',
  red: '#ff0000',
  purple: '#800080',
  fuchsia: '#ff00ff',
  magenta: '#ff00ff',
  green: '#008000',
  lime: '#00ff00',
  olive: '#808000',
  yellow: '#ffff00',
  orange: '#ffa500',
  navy: '#000080',
  blue: '#0000ff',
  teal: '#008080',
  aqua: '#00ffff',
  cyan: '#00ffff',
}

/** Reads a name, `#rgb` or `#rrggbb`; undefined where it is none of them. */
export function parseColour(text: string): Colour | undefined {
  const hex = COLOUR_NAMES[text.toLowerCase()] ?? text
  const [, digits] = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(hex) ?? []
  if (digits === undefined) return undefined
  const size = digits.length / 3
  const [red = 0, green = 0, blue = 0] = [0, 1, 2].map((index) => {
    const part = digits.slice(index * size, (index + 1) * size)
    return Number.parseInt(size === 1 ? part + part : part, 16)
  })
  return colourOfRgb(red, green, blue)
}

/** Red, green and blue from 0 to 255, by ITU-R BT.601 §2.5.3, in limited range. */
export function colourOfRgb(red: number, green: number, blue: number): Colour {
  return {
    y: Math.round(16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255),
    u: Math.round(128 + (-37.797 * red - 74.203 * green + 112 * blue) / 255),
    v: Math.round(128 + (112 * red - 93.786 * green - 18.214 * blue) / 255),
  }
}
