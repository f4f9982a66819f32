import type { OutputStream } from './color.js'
import { displayWidth } from './columns.js'
import { isPromptShown, showPromptLine } from './prompt-line.js'

/** Lines at the bottom of the terminal that are drawn over and over in the same place; everything else goes above. */
export interface LiveRegion extends Disposable {
  /** Lines of at most `columns - 1` cells, without control characters; `colored` are the same ones with colours. */
  draw(lines: readonly LiveLine[]): void
  /** Something else, such as a prompt, stands below it now: then it must not be drawn any more. */
  readonly isCovered: boolean
}

export interface LiveLine {
  plain: string
  colored: string
}

const UP = (rows: number) => (rows > 0 ? `\u001b[${rows}A` : '')
const CLEAR_LINE_END = '\u001b[K'
const CLEAR_DOWN = '\u001b[J'

/** The cursor rests at the beginning of the row below the region. Disposing leaves the last lines where they are. */
export function openLiveRegion(stream: OutputStream): LiveRegion {
  let drawn: readonly LiveLine[] = []
  const write = (text: string) => {
    if (stream.writable) stream.write(text)
  }
  // A narrower window has wrapped what was drawn for a wider one.
  const rowsAbove = () =>
    drawn.reduce(
      (rows, { plain }) => rows + Math.max(1, Math.ceil(displayWidth(plain) / columnsOf(stream))),
      0,
    )
  // One write, each line over the old one: nothing is empty in between, so nothing flickers.
  const paint = (lines: readonly LiveLine[]) => {
    const body = lines.map(({ colored }) => `${colored}${CLEAR_LINE_END}\n`).join('')
    write(`\r${UP(rowsAbove())}${body}${CLEAR_DOWN}`)
    drawn = lines
  }
  let last: readonly LiveLine[] = []
  const bottom = { clear: () => paint([]), restore: () => paint(last) }
  const shown = showPromptLine(bottom)
  return {
    get isCovered() {
      return isPromptShown(bottom)
    },
    draw(lines) {
      last = lines
      paint(lines)
    },
    [Symbol.dispose]() {
      // What a terminal echoes, such as ^C, stands in the row below.
      if (drawn.length > 0 && !isPromptShown(bottom)) write(`\r${CLEAR_DOWN}`)
      shown[Symbol.dispose]()
    },
  }
}

export function columnsOf({ columns }: OutputStream): number {
  return columns !== undefined && columns > 0 ? columns : 80
}
