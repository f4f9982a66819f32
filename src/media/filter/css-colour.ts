/** A colour in sRGB, each part from 0 to 1. */
export interface Rgba {
  red: number
  green: number
  blue: number
  alpha: number
}

/** The sixteen colours of CSS Level 1, `orange` of Level 2, and `transparent`; every other one has a `#rrggbb`. */
const NAMED: Readonly<Record<string, string>> = {
  aqua: '00ffff',
  black: '000000',
  blue: '0000ff',
  fuchsia: 'ff00ff',
  gray: '808080',
  green: '008000',
  lime: '00ff00',
  maroon: '800000',
  navy: '000080',
  olive: '808000',
  orange: 'ffa500',
  purple: '800080',
  red: 'ff0000',
  silver: 'c0c0c0',
  teal: '008080',
  transparent: '00000000',
  white: 'ffffff',
  yellow: 'ffff00',
}

/** Reads `red`, `#f00`, `#ff000080`, `rgb(255 0 0 / 50%)` or `rgba(255, 0, 0, 0.5)`; undefined for anything else. */
export function parseCssColour(text: string): Rgba | undefined {
  const word = text.toLowerCase()
  const named = Object.hasOwn(NAMED, word) ? NAMED[word] : undefined
  if (named !== undefined) return parseHex(named)
  if (word.startsWith('#')) return parseHex(word.slice(1))
  const [, inner] = /^rgba?\(([^()]*)\)$/.exec(word) ?? []
  return inner === undefined ? undefined : parseParts(inner)
}

function parseHex(digits: string): Rgba | undefined {
  if (!/^(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/.test(digits)) return undefined
  const size = digits.length < 6 ? 1 : 2
  const part = (index: number) => {
    const hex = digits.slice(index * size, (index + 1) * size)
    return hex === '' ? 1 : Number.parseInt(size === 1 ? hex + hex : hex, 16) / 255
  }
  return { red: part(0), green: part(1), blue: part(2), alpha: part(3) }
}

function parseParts(inner: string): Rgba | undefined {
  const parts = inner
    .trim()
    .split(/\s*[,/]\s*|\s+/)
    .map((part, index) => parsePart(part, index < 3 ? 255 : 1))
  const [red, green, blue, alpha = 1, ...rest] = parts
  if (red === undefined || green === undefined || blue === undefined || rest.length > 0) return undefined
  return parts.includes(undefined) ? undefined : { red, green, blue, alpha }
}

function parsePart(text: string, whole: number): number | undefined {
  const [, number, percent] = /^([+-]?(?:\d+\.?\d*|\.\d+))(%)?$/.exec(text) ?? []
  if (number === undefined) return undefined
  return Math.min(1, Math.max(0, Number(number) / (percent === undefined ? whole : 100)))
}
