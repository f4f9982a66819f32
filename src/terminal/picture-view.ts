import { pictureLines, type PictureColors } from './picture-text.js'
import { printAbovePrompt } from './prompt-line.js'

/** Ten pictures a second look like motion and leave time for everything else. */
const INTERVAL_MS = 100

/** Rows below the picture that stay for text, where the window has as many. */
const MIN_TEXT_ROWS = 6

const SAVE_CURSOR = '\u001b7'
const RESTORE_CURSOR = '\u001b8'
const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
const WHOLE_SCREEN = '\u001b[r'
const CLEAR_LINE = '\u001b[2K'
const CLEAR_SCREEN = '\u001b[2J'

export interface TerminalSize {
  columns: number
  rows: number
}

/** The terminal a picture is drawn on. */
export interface PictureScreen {
  /** As it is now; undefined where it is not known. */
  size(): TerminalSize | undefined
  /** Resolves when the terminal has taken the text, however long that takes; never rejects. */
  write(text: string): Promise<void>
  /** Writes in the order of everything else that is printed. */
  print(text: string): void
}

export interface PictureViewOptions {
  colors: PictureColors
  now?: () => number
}

/**
 * Draws a moving picture in the upper part of the terminal; everything else scrolls below it. A terminal that is slow
 * gets fewer pictures and delays nobody.
 */
export interface PictureView {
  /**
   * Draws a picture of that shape if one is due: asks for it in the size that fits, as RGB with an even height.
   * Never waits.
   */
  show(shape: { width: number; height: number }, sample: (width: number, height: number) => Uint8Array): void
  /** What gives the terminal back as it was, with the picture where it is. */
  restoration(): string
}

export function createPictureView(screen: PictureScreen, options: PictureViewOptions): PictureView {
  const { colors, now = () => performance.now() } = options
  let layout: Layout | undefined
  let dueMs = 0
  let isWriting = false
  const write = async (text: string) => {
    isWriting = true
    await screen.write(text)
    isWriting = false
  }
  return {
    show(shape, sample) {
      if (isWriting || now() < dueMs) return
      const size = screen.size()
      if (!size || size.rows < 3 || size.columns < 4) return
      dueMs = now() + INTERVAL_MS
      const wanted = layOut(shape, size)
      // The line being typed is put back below, at the place the cursor has then.
      if (!isSame(layout, wanted)) {
        const room = makeRoom(layout, wanted)
        printAbovePrompt(() => screen.print(room))
      }
      layout = wanted
      const { width, rows, left } = wanted
      const lines = pictureLines(sample(width, rows * 2), width, rows * 2, colors)
      const body = lines.map((line, row) => `\u001b[${row + 1};${left + 1}H${line}`).join('')
      void write(`${SAVE_CURSOR}${HIDE_CURSOR}${body}${RESTORE_CURSOR}${SHOW_CURSOR}`) // never rejects
    },
    restoration: () => (layout ? `${SAVE_CURSOR}${WHOLE_SCREEN}${RESTORE_CURSOR}${SHOW_CURSOR}` : ''),
  }
}

/** Of the picture in cells; a cell is two pixels high, which makes the pixels about square. */
interface Layout {
  screen: TerminalSize
  width: number
  rows: number
  left: number
}

function layOut(shape: { width: number; height: number }, screen: TerminalSize): Layout {
  const roomRows = Math.max(1, screen.rows - Math.min(MIN_TEXT_ROWS, Math.ceil(screen.rows / 2)))
  const scale = Math.min(screen.columns / shape.width, (roomRows * 2) / shape.height)
  const width = Math.max(1, Math.min(screen.columns, Math.round(shape.width * scale)))
  const rows = Math.max(1, Math.min(roomRows, Math.round((shape.height * scale) / 2)))
  return { screen, width, rows, left: Math.floor((screen.columns - width) / 2) }
}

function isSame(before: Layout | undefined, after: Layout): boolean {
  return (
    before?.width === after.width &&
    before.rows === after.rows &&
    before.screen.columns === after.screen.columns &&
    before.screen.rows === after.screen.rows
  )
}

/** Moves what is on the screen out of the way, once, and lets only the rows below the picture scroll (DECSTBM). */
function makeRoom(before: Layout | undefined, { screen, rows }: Layout): string {
  const bottom = `\u001b[${screen.rows};1H`
  const scrolled = before ? CLEAR_SCREEN : `${bottom}${'\n'.repeat(rows)}`
  const cleared = Array.from({ length: rows }, (_, row) => `\u001b[${row + 1};1H${CLEAR_LINE}`).join('')
  return `${WHOLE_SCREEN}${scrolled}${cleared}\u001b[${rows + 1};${screen.rows}r${bottom}`
}
