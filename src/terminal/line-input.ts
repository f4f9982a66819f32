import { clearScreenDown, createInterface, cursorTo, moveCursor } from 'node:readline'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { AbortOptions } from '../async/abortable.js'
import { AsyncQueue } from '../async/async-queue.js'
import type { OutputStream } from './color.js'
import { showPromptLine } from './prompt-line.js'

/** A chat message is at most 16 KiB, so a longer line could not be sent as one anyway. */
export const MAX_LINE_BYTES = 16 * 1024

/** Lines read ahead of a slow consumer before the input is paused. */
const HIGH_WATER_LINES = 256

export type InputStream = Readable & { isTTY?: boolean }

export interface ReadLinesOptions extends AbortOptions {
  /** Shown before the line being typed; only when input and output are both a terminal. */
  prompt?: string
  output?: OutputStream
  /** What Ctrl-C does while the terminal is in raw mode; sends SIGINT to this process unless given. */
  onInterrupt?: () => void
}

/**
 * The lines of `input` without their ends, from a person at a terminal or from a pipe. A line over 16 KiB arrives in
 * pieces of at most that, cut between characters. Ends after EOF or Ctrl-D, throws the signal's reason on abort; in
 * every case the input is paused then and keeps nothing alive.
 */
export async function* readLines(
  input: InputStream,
  { signal, ...options }: ReadLinesOptions = {},
): AsyncGenerator<string, void, undefined> {
  signal?.throwIfAborted()
  const { prompt, output } = options
  using reader =
    prompt !== undefined && input.isTTY === true && output?.isTTY === true
      ? readTerminal(input, output, { prompt, onInterrupt: options.onInterrupt })
      : readPipe(input)
  for (;;) {
    reader.wantMore()
    const line = await reader.lines.next({ signal })
    if (line === undefined) return
    yield* splitLine(line)
  }
}

interface LineReader extends Disposable {
  lines: AsyncQueue<string>
  /** The consumer waits for a line: show the prompt, or resume a paused input. */
  wantMore(): void
}

function readTerminal(
  input: InputStream,
  output: OutputStream,
  { prompt, onInterrupt = interruptProcess }: { prompt: string; onInterrupt?: () => void },
): LineReader {
  const lines = new AsyncQueue<string>()
  const readline = createInterface({ input, output, prompt, terminal: true, crlfDelay: Infinity })
  const shown = showPromptLine({
    clear() {
      moveCursor(output, 0, -readline.getCursorPos().rows)
      cursorTo(output, 0)
      clearScreenDown(output)
    },
    restore() {
      // readline redraws from `prevRows` rows above the cursor, but what it drew there is cleared already.
      Reflect.set(readline, 'prevRows', 0)
      readline.prompt(true)
    },
  })
  let isPrompting = false
  readline.on('line', (line) => {
    isPrompting = false
    lines.push(line)
  })
  // The terminal is in raw mode, so Ctrl-C arrives as a key; the process edge waits for the signal.
  readline.on('SIGINT', onInterrupt)
  readline.once('close', () => {
    shown[Symbol.dispose]()
    // Whatever is printed next begins on a line of its own.
    if (isPrompting) output.write('\n')
    lines.end()
  })
  return {
    lines,
    wantMore() {
      isPrompting = true
      readline.prompt(true)
    },
    [Symbol.dispose]() {
      readline.close()
    },
  }
}

function interruptProcess(): void {
  process.kill(process.pid, 'SIGINT')
}

function readPipe(input: InputStream): LineReader {
  const lines = new AsyncQueue<string>()
  const decoder = new StringDecoder('utf8')
  let rest = ''
  const take = (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) lines.push(part.endsWith('\r') ? part.slice(0, -1) : part)
    // An endless line must not grow without bound; what is cut here is at least a full piece.
    if (rest.length > MAX_LINE_BYTES) rest = pushFullPieces(rest, lines)
    if (lines.size > HIGH_WATER_LINES) input.pause()
  }
  const onData = (chunk: Buffer | string) => take(typeof chunk === 'string' ? chunk : decoder.write(chunk))
  const onEnd = () => {
    rest += decoder.end()
    if (rest !== '') lines.push(rest)
    rest = ''
    lines.end()
  }
  const onError = (error: Error) => lines.fail(error)
  input.on('data', onData)
  input.on('end', onEnd)
  input.on('close', onEnd)
  input.on('error', onError)
  // A stream that is over already fires nothing more.
  if (input.readableEnded || input.destroyed) lines.end()
  return {
    lines,
    wantMore() {
      if (lines.size <= HIGH_WATER_LINES && input.isPaused()) input.resume()
    },
    [Symbol.dispose]() {
      input.off('data', onData)
      input.off('end', onEnd)
      input.off('close', onEnd)
      input.off('error', onError)
      input.pause()
    },
  }
}

function pushFullPieces(text: string, lines: AsyncQueue<string>): string {
  const pieces = splitLine(text)
  const last = pieces.pop() ?? ''
  for (const piece of pieces) lines.push(piece)
  return last
}

/** The line in pieces of at most 16 KiB of UTF-8, cut between characters; a line that fits is its only piece. */
function splitLine(line: string): string[] {
  if (Buffer.byteLength(line) <= MAX_LINE_BYTES) return [line]
  const pieces: string[] = []
  let start = 0
  let bytes = 0
  let index = 0
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (bytes + size > MAX_LINE_BYTES) {
      pieces.push(line.slice(start, index))
      start = index
      bytes = 0
    }
    bytes += size
    index += character.length
  }
  pieces.push(line.slice(start))
  return pieces
}
