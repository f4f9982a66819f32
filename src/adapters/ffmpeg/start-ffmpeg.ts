import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Duplex, type Readable, type Writable } from 'node:stream'

export interface FfmpegPipes {
  /** What ffmpeg reads, as it names them: `pipe:3`. */
  inputs: readonly string[]
  /** What ffmpeg writes. */
  outputs: readonly string[]
}

export interface StartFfmpegOptions {
  /** How many raw pipes go in and come out. */
  inputs?: number
  outputs?: number
  /** The arguments, with the pipes by their names; `-nostdin`, the banner and the log level are added. */
  args: (pipes: FfmpegPipes) => readonly string[]
  /** Kills the process. */
  signal?: AbortSignal
  /** False for ffplay and ffprobe, which know no `-nostdin`. */
  noStdin?: boolean
}

/** How a process ended. */
export interface FfmpegEnd {
  code: number | null
  /** What killed it. */
  signal: NodeJS.Signals | null
  /** The last lines of its standard error, oldest first; empty where it had nothing to complain about. */
  lastLines: readonly string[]
}

/**
 * A running ffmpeg. Disposing kills it and resolves when it is gone. It cannot outlive this process, however that
 * ends: its pipes close, and it dies of the next byte it writes or ends with the input it reads.
 */
export interface FfmpegProcess extends AsyncDisposable {
  readonly pid: number | undefined
  /** Back-pressure is the stream's: await `drain` or pipe into them. A write to a process that is gone is dropped. */
  readonly inputs: readonly Writable[]
  readonly outputs: readonly Readable[]
  /** Resolves when it is gone; never rejects. */
  readonly ended: Promise<FfmpegEnd>
  /** Ends the inputs, so that it writes what is left and the file's trailer, and resolves when it is gone. */
  finish(): Promise<FfmpegEnd>
}

/** After standard input, output and error. */
const FIRST_PIPE = 3

/** The first line of a failure often says where, the last one why. */
const LAST_LINES = 12
const MAX_LINE_LENGTH = 400

const COMMON_ARGUMENTS = ['-hide_banner', '-loglevel', 'error']

/** Starts ffmpeg (or ffprobe, which takes the same pipes) at `path`. */
export function startFfmpeg(path: string, options: StartFfmpegOptions): FfmpegProcess {
  const { inputs = 0, outputs = 0, args, signal, noStdin = true } = options
  const names = Array.from({ length: inputs + outputs }, (_, index) => `pipe:${FIRST_PIPE + index}`)
  const pipes = { inputs: names.slice(0, inputs), outputs: names.slice(inputs) }
  const child = spawn(path, [...COMMON_ARGUMENTS, ...(noStdin ? ['-nostdin'] : []), ...args(pipes)], {
    stdio: ['ignore', 'ignore', 'pipe', ...names.map(() => 'pipe' as const)],
    // Ctrl-C in a terminal goes to the whole foreground group: what this process still wants to finish, it finishes.
    detached: process.platform !== 'win32',
    windowsHide: true,
    signal,
    killSignal: 'SIGKILL',
  })
  const lastLines = collectLastLines(child)
  const ended = endOf(child, lastLines)
  const streams = names.map((_, index) => pipeOf(child, FIRST_PIPE + index))
  const [ins, outs] = [streams.slice(0, inputs), streams.slice(inputs)]
  return {
    pid: child.pid,
    inputs: ins,
    outputs: outs,
    ended,
    finish() {
      for (const input of ins) input.end()
      return ended
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      for (const stream of streams) stream.destroy()
      await ended
    },
  }
}

function pipeOf(child: ChildProcess, index: number): Duplex {
  const stream = child.stdio[index]
  if (!(stream instanceof Duplex)) throw new TypeError(`stdio ${index} of the child is no pipe`)
  // The reader or writer of the pipe hears of it through `ended`; a broken pipe says less than the exit code.
  stream.on('error', () => undefined)
  return stream
}

function collectLastLines(child: ChildProcess): readonly string[] {
  const lines: string[] = []
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.trim() === '') return
      lines.push(line.trim().slice(0, MAX_LINE_LENGTH))
      if (lines.length > LAST_LINES) lines.shift()
    })
  }
  return lines
}

function endOf(child: ChildProcess, lastLines: readonly string[]): Promise<FfmpegEnd> {
  return new Promise((resolve) => {
    const settle = (code: number | null, signal: NodeJS.Signals | null) =>
      resolve({ code, signal, lastLines })
    child.once('error', (error) => {
      // It could not be started; once it runs, an error is an abort, after which it is closed as ever.
      if (child.pid === undefined) resolve({ code: null, signal: null, lastLines: [error.message] })
    })
    // `close` comes after the last line of standard error, `exit` may not; but a pipe that nobody reads holds it back.
    child.once('exit', (code, signal) => {
      if (child.stderr?.closed) settle(code, signal)
      else child.stderr?.once('close', () => settle(code, signal))
    })
    child.once('close', settle)
  })
}
