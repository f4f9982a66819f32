import { Writable } from 'node:stream'

/** A stream that keeps what is written; as a terminal it also records where the cursor is moved. */
export class CapturedStream extends Writable {
  readonly isTTY: boolean
  readonly columns: number
  text = ''

  constructor({ isTTY = false, columns = 80 } = {}) {
    super({ decodeStrings: false })
    this.isTTY = isTTY
    this.columns = columns
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1)
  }

  cursorTo(column: number): void {
    this.write(`<column ${column}>`)
  }

  moveCursor(columns: number, rows: number): void {
    this.write(`<move ${columns} ${rows}>`)
  }

  clearLine(): void {
    this.write('<clear line>')
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void) {
    this.text += chunk.toString()
    done()
  }
}
