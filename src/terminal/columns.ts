/** Scripts whose characters take two cells (East Asian Wide and Fullwidth, emoji). */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u
const COMBINING = /\p{M}/u

const GAP = '  '

/** Where a list or a path may go on in the next line. */
const LIST_BREAK = /(?<=,|->) /

/** Terminal cells a printable text takes. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** The text in at most `width` cells; what is cut ends in `...`. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  const ellipsis = '...'.slice(0, width)
  let kept = ''
  let used = ellipsis.length
  for (const character of text) {
    used += characterWidth(character)
    if (used > width) break
    kept += character
  }
  return kept + ellipsis
}

/** Rows as lines with aligned columns two spaces apart; where they exceed `width`, the widest columns are cut. */
export function alignColumns(rows: readonly (readonly string[])[], width: number): string[] {
  const columnCount = Math.max(0, ...rows.map((row) => row.length))
  const natural = Array.from({ length: columnCount }, (_column, index) =>
    Math.max(0, ...rows.map((row) => displayWidth(row[index] ?? ''))),
  )
  const widths = shrinkToFit(natural, width - GAP.length * Math.max(0, columnCount - 1))
  return rows.map((row) =>
    widths
      .map((cells, index) => pad(truncate(row[index] ?? '', cells), cells))
      .join(GAP)
      .trimEnd(),
  )
}

/**
 * Rows with aligned columns of which only the last, a list, has too much for `width`: it goes on below itself. Nothing is
 * cut: an item that is too long makes the lines longer.
 */
export function alignAndWrapLast(rows: readonly (readonly string[])[], width: number): string[] {
  const starts = alignColumns(
    rows.map((row) => row.slice(0, -1)),
    Infinity,
  )
  const startWidth = Math.max(0, ...starts.map(displayWidth)) + GAP.length
  const items = rows.flatMap((row) => (row.at(-1) ?? '').split(LIST_BREAK))
  const enough = Math.max(width, startWidth + Math.max(0, ...items.map(displayWidth)))
  return rows.flatMap((row, index) =>
    wrapLabelled(pad(starts[index] ?? '', startWidth), row.at(-1) ?? '', enough).map((line) =>
      line.trimEnd(),
    ),
  )
}

/** A labelled text over as many lines as it takes at `width`, broken after commas and arrows, indented under itself. */
export function wrapLabelled(label: string, text: string, width: number): string[] {
  return wrapAt(LIST_BREAK, label, text, width)
}

/** The same for prose, broken between words. */
export function wrapWords(label: string, text: string, width: number): string[] {
  return wrapAt(/ /, label, text, width)
}

function wrapAt(breaks: RegExp, label: string, text: string, width: number): string[] {
  const room = width - label.length
  const lines: string[] = []
  let line = ''
  for (const word of text.split(breaks)) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && displayWidth(longer) > room) {
      lines.push(line)
      line = word
    } else {
      line = longer
    }
  }
  lines.push(line)
  const indent = ' '.repeat(label.length)
  return lines.map((content, index) => (index === 0 ? label : indent) + truncate(content, room))
}

function shrinkToFit(widths: readonly number[], room: number): number[] {
  const shrunk = [...widths]
  for (let excess = sum(shrunk) - room; excess > 0; excess -= 1) {
    const widest = shrunk.indexOf(Math.max(...shrunk))
    const width = shrunk[widest]
    if (width === undefined || width <= 1) break
    shrunk[widest] = width - 1
  }
  return shrunk
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

function characterWidth(character: string): number {
  if (COMBINING.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
