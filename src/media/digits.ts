import type { Colour } from './colour.js'
import { fillRectangle } from './picture.js'
import type { VideoFrame } from './ports.js'

/** A font of our own for what a clock shows, five rows of three cells, the top one first. */
const GLYPHS: Readonly<Record<string, readonly string[]>> = {
  '0': ['###', '# #', '# #', '# #', '###'],
  '1': [' # ', '## ', ' # ', ' # ', '###'],
  '2': ['###', '  #', '###', '#  ', '###'],
  '3': ['###', '  #', ' ##', '  #', '###'],
  '4': ['# #', '# #', '###', '  #', '  #'],
  '5': ['###', '#  ', '###', '  #', '###'],
  '6': ['###', '#  ', '###', '# #', '###'],
  '7': ['###', '  #', ' # ', ' # ', ' # '],
  '8': ['###', '# #', '###', '# #', '###'],
  '9': ['###', '# #', '###', '  #', '###'],
  ':': ['   ', ' # ', '   ', ' # ', '   '],
}

const GLYPH_COLUMNS = 3
const GLYPH_ROWS = 5

/** Cells from one glyph to the next. */
const ADVANCE = GLYPH_COLUMNS + 1

/** Pixels of `text` with cells of `cell` pixels. */
export function textSize(text: string, cell: number): { width: number; height: number } {
  return { width: (text.length * ADVANCE - 1) * cell, height: GLYPH_ROWS * cell }
}

/** Draws digits and colons, the upper left corner at x, y; the picture between the strokes stays as it is. */
export function drawDigits(
  frame: VideoFrame,
  text: string,
  { x, y, cell, colour }: { x: number; y: number; cell: number; colour: Colour },
): void {
  for (let index = 0; index < text.length; index++) {
    for (const [row, cells] of (GLYPHS[text.charAt(index)] ?? []).entries()) {
      for (let column = 0; column < cells.length; column++) {
        if (cells.charAt(column) !== '#') continue
        const left = x + (index * ADVANCE + column) * cell
        fillRectangle(frame, { x: left, y: y + row * cell, width: cell, height: cell }, colour)
      }
    }
  }
}
