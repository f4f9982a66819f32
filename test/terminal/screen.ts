import { Writable } from 'node:stream'
import type { OutputStream } from '../../src/terminal/color.js'

/** A terminal as far as the program uses one: what a person sees after all that was written. */
export interface Screen {
  stream: OutputStream
  /** The rows from the first to the last that has something, without trailing blanks. */
  rows(): string[]
  resize(columns: number): void
  /** How often something was written. */
  readonly writes: number
}

/** Understands text, CR, LF, cursor up, erase to the end of the line and of the screen; anything else is a failure. */
export function openScreen({ columns, rows: height }: { columns: number; rows: number }): Screen {
  const rows: string[] = ['']
  let row = 0
  let column = 0
  let writes = 0
  const put = (text: string) => {
    const line = (rows[row] ?? '').padEnd(column)
    rows[row] = line.slice(0, column) + text + line.slice(column + text.length)
    column += text.length
  }
  const onControl = (code: string, amount: number) => {
    if (code === 'A') row = Math.max(0, row - amount)
    else if (code === 'K') rows[row] = (rows[row] ?? '').slice(0, column)
    else if (code === 'J') rows.splice(row, rows.length, (rows[row] ?? '').slice(0, column))
    else if (code !== 'm') throw new Error(`the screen does not know ${code}`)
  }
  const onPart = (part: string) => {
    const [, digits = '', code] = /^\p{Cc}\[(\d*)([A-Za-z])$/u.exec(part) ?? []
    if (code !== undefined) return onControl(code, Number(digits === '' ? 1 : digits))
    if (part === '\r') column = 0
    else if (part === '\n') {
      row += 1
      column = 0
      rows[row] ??= ''
    } else put(part)
  }
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      writes += 1
      for (const part of chunk.split(/(\p{Cc}\[\d*[A-Za-z]|\r|\n)/u).filter((text) => text !== ''))
        onPart(part)
      done()
    },
  })
  return {
    stream: Object.assign(stream, { isTTY: true, columns, rows: height }),
    rows: () =>
      rows.map((line) => line.trimEnd()).filter((line, index, all) => line !== '' || index < all.length - 1),
    resize(width) {
      Object.assign(stream, { columns: width })
      stream.emit('resize')
    },
    get writes() {
      return writes
    },
  }
}
