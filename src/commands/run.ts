import { setMaxListeners } from 'node:events'
import { PeerError, toPeerError } from '../errors.js'
import type { PeerEvent, ReportEvent } from '../events.js'
import { onBrokenPipe } from '../terminal/broken-pipe.js'
import { openReporter } from '../terminal/open-reporter.js'
import type { Reporter } from '../terminal/reporter.js'
import type { OutputArgs } from './options/options.js'

/** Ctrl-C says goodbye to the peer and flushes; after this long it exits anyway. */
const SHUTDOWN_TIMEOUT_MS = 1_800

const EXIT_ON_SIGNAL = { SIGINT: 'INTERRUPTED', SIGTERM: 'TERMINATED', SIGHUP: 'TERMINATED' } as const

export interface RunContext {
  /** Aborts on Ctrl-C, a termination signal, `--timeout` and a closed pipe; its reason is a PeerError. */
  signal: AbortSignal
  report: ReportEvent
  /** Called as the process ends, however it does; it must neither wait nor throw. */
  onExit: (give: () => void) => void
  /** Tells what is being waited for, so that a timeout can say it. */
  waitingFor: (what: string) => void
}

export interface RunArgs extends Pick<OutputArgs, 'json' | 'quiet' | 'verbose' | 'noColor'> {
  timeout?: number | undefined
}

export interface RunOptions {
  /** The verb's own data is on stdout, so events go to stderr. */
  dataOnStdout?: boolean
  /** What keys do while statistics are drawn in place. */
  keys?: string | undefined
}

/**
 * The process edge: runs a verb with one AbortSignal for all that can end it, reports what it throws and the closing
 * `exit` event, and ends the process with the exit code of the outcome (0 where the verb gives none).
 */
export async function run(
  args: RunArgs,
  verb: (context: RunContext) => Promise<number | void>,
  options: RunOptions = {},
): Promise<void> {
  const edge = await ProcessEdge.open(args, options)
  try {
    const code = await verb(edge.context)
    await edge.exit(code ?? 0, code ? 'CHECK_FAILED' : 'done')
  } catch (thrown) {
    await edge.fail(thrown)
  }
}

class ProcessEdge {
  readonly #reporter: Reporter
  readonly #startedMs = performance.now()
  readonly #ending = new AbortController()
  #waitingFor = 'the run to end'
  #exiting = false
  readonly #onExit: (() => void)[] = []

  static async open(args: RunArgs, options: RunOptions): Promise<ProcessEdge> {
    const { json = false, quiet = false, verbose = false, noColor = false, timeout } = args
    const reporter = await openReporter({
      json,
      quiet,
      verbose,
      color: !noColor,
      stdout: process.stdout,
      stderr: process.stderr,
      ...options,
    })
    return new ProcessEdge(reporter, timeout)
  }

  private constructor(reporter: Reporter, timeoutMs: number | undefined) {
    this.#reporter = reporter
    // The one signal is awaited by every association and watcher at once; each wait takes its listener back.
    setMaxListeners(0)
    setMaxListeners(0, this.#ending.signal)
    this.#listenToSignals()
    this.#listenToFailures()
    if (timeoutMs !== undefined) this.#limit(timeoutMs)
  }

  get context(): RunContext {
    return {
      signal: this.#ending.signal,
      report: (event) => this.#report(event),
      onExit: (give) => void this.#onExit.push(give),
      waitingFor: (what) => {
        this.#waitingFor = what
      },
    }
  }

  async fail(thrown: unknown): Promise<void> {
    // Whatever failed because the run was ended, failed for the reason it was ended.
    const error = toPeerError(this.#ending.signal.aborted ? this.#ending.signal.reason : thrown)
    const { code, message, hint = null } = error
    if (code !== 'CLOSED_PIPE') this.#report({ event: 'error', code, message, hint }, error)
    await this.exit(error.exitCode, code)
  }

  /** The only way out: native objects make a natural exit segfault (node-webrtc issues #636 and #651). */
  async exit(code: number, reason: string): Promise<void> {
    if (this.#exiting) return
    this.#reportExit(code, reason)
    await this.#reporter.flush({ signal: AbortSignal.timeout(SHUTDOWN_TIMEOUT_MS) }).catch(() => undefined)
    this.#reporter[Symbol.dispose]()
    this.#leave(code)
  }

  #leave(code: number): never {
    for (const give of this.#onExit) give()
    process.exit(code)
  }

  #reportExit(code: number, reason: string): void {
    this.#exiting = true
    const durationMs = Math.round(performance.now() - this.#startedMs)
    this.#reporter.report({ event: 'exit', code, reason, durationMs })
  }

  #report(event: PeerEvent, cause?: unknown): void {
    if (!this.#exiting) this.#reporter.report(event, { cause })
  }

  #listenToSignals(): void {
    for (const [name, code] of Object.entries(EXIT_ON_SIGNAL)) {
      process.on(name, () => {
        const error = new PeerError(code, code === 'INTERRUPTED' ? 'Interrupted.' : `Ended by ${name}.`)
        if (this.#ending.signal.aborted) this.#exitNow(error)
        this.#end(error)
      })
    }
    for (const stream of [process.stdout, process.stderr]) {
      onBrokenPipe(stream, () => this.#end(new PeerError('CLOSED_PIPE', 'The reader of the output is gone.')))
    }
  }

  #listenToFailures(): void {
    const onFailure = (thrown: unknown) => void this.fail(thrown) // fail never rejects
    process.on('uncaughtException', onFailure)
    process.on('unhandledRejection', onFailure)
    process.on('beforeExit', (code) => process.exit(code))
  }

  #limit(timeoutMs: number): void {
    const timer = setTimeout(() => {
      this.#end(
        new PeerError(
          'TIMED_OUT',
          `Timed out after ${timeoutMs / 1000} s (--timeout) while waiting for ${this.#waitingFor}.`,
        ),
      )
    }, timeoutMs)
    timer.unref()
  }

  /** First reason wins; a shutdown that hangs is cut short. */
  #end(error: PeerError): void {
    if (this.#ending.signal.aborted) return
    this.#ending.abort(error)
    setTimeout(() => this.#exitNow(error), SHUTDOWN_TIMEOUT_MS).unref()
  }

  #exitNow(error: PeerError): void {
    const { code, message } = error
    if (!this.#exiting && code !== 'CLOSED_PIPE') this.#report({ event: 'error', code, message, hint: null })
    if (!this.#exiting) this.#reportExit(error.exitCode, code)
    this.#leave(error.exitCode)
  }
}
