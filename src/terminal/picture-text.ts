/** How a terminal can show a picture. */
export type PictureColors = 'truecolor' | '256' | 'ascii'

/** The upper half of a cell has the foreground's colour, the lower half the background's: two pixels in a character. */
const UPPER_HALF = '\u2580'

/** From dark to light. */
const SHADES = ' .:-=+*#%@'

const RESET = '\u001b[0m'

type Environment = Readonly<Record<string, string | undefined>>

/** What the terminal says of itself that it can; undefined where it cannot even place the cursor. */
export function pictureColors(env: Environment, { color = true } = {}): PictureColors | undefined {
  const term = env['TERM'] ?? ''
  if (term === '' || term === 'dumb') return undefined
  if (!color || (env['NO_COLOR'] ?? '') !== '') return 'ascii'
  if (/truecolor|24bit/i.test(env['COLORTERM'] ?? '') || term.endsWith('-direct')) return 'truecolor'
  return /256/.test(term) ? '256' : 'ascii'
}

/** Lines of text that show RGB pixels, two rows of them in each line; `height` is even. Each line ends uncoloured. */
export function pictureLines(
  rgb: Uint8Array,
  width: number,
  height: number,
  colors: PictureColors,
): string[] {
  const line = colors === 'ascii' ? shadedLine : colors === '256' ? colouredLine(cube) : colouredLine(direct)
  return Array.from({ length: Math.floor(height / 2) }, (_, row) => line(rgb, width, row * 2))
}

type Line = (rgb: Uint8Array, width: number, row: number) => string

function shadedLine(rgb: Uint8Array, width: number, row: number): string {
  let text = ''
  for (let column = 0; column < width; column++) {
    const upper = lumaAt(rgb, row * width + column)
    const lower = lumaAt(rgb, (row + 1) * width + column)
    text += SHADES.charAt(Math.min(SHADES.length - 1, Math.floor(((upper + lower) / 512) * SHADES.length)))
  }
  return text
}

/** A colour is said only where it changes: most of a picture is like what is beside it. */
function colouredLine(colour: (rgb: Uint8Array, pixel: number) => string): Line {
  return (rgb, width, row) => {
    let text = ''
    let before = ''
    for (let column = 0; column < width; column++) {
      const upper = colour(rgb, row * width + column)
      const lower = colour(rgb, (row + 1) * width + column)
      const sequence = `\u001b[38;${upper};48;${lower}m`
      text += sequence === before ? UPPER_HALF : `${sequence}${UPPER_HALF}`
      before = sequence
    }
    return `${text}${RESET}`
  }
}

function direct(rgb: Uint8Array, pixel: number): string {
  return `2;${rgb[pixel * 3] ?? 0};${rgb[pixel * 3 + 1] ?? 0};${rgb[pixel * 3 + 2] ?? 0}`
}

/** The 6x6x6 colours from 16 on, whose steps are 0, 95, 135, 175, 215 and 255. */
function cube(rgb: Uint8Array, pixel: number): string {
  const step = (value: number) => (value < 48 ? 0 : value < 115 ? 1 : Math.floor((value - 35) / 40))
  const [red, green, blue] = [0, 1, 2].map((channel) => step(rgb[pixel * 3 + channel] ?? 0))
  return `5;${16 + 36 * (red ?? 0) + 6 * (green ?? 0) + (blue ?? 0)}`
}

function lumaAt(rgb: Uint8Array, pixel: number): number {
  const [red = 0, green = 0, blue = 0] = rgb.subarray(pixel * 3, pixel * 3 + 3)
  return 0.299 * red + 0.587 * green + 0.114 * blue
}
