import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Ajv, type ValidateFunction } from 'ajv'
import * as v from 'valibot'
import { expect } from 'vitest'
import { aborted } from '../../src/async/abortable.js'
import { deferred } from '../../src/async/deferred.js'
import { withTimeout } from '../../src/async/delay.js'
import { jsonLineSchema, type PeerEvent, type PeerEventOf } from '../../src/events.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BIN = fileURLToPath(new URL('../../bin/webrtc-cli.js', import.meta.url))
const RUNS = fileURLToPath(new URL('cli-runs.mjs', import.meta.url))

/** The slowest thing waited for is ICE giving up, after about 15 s. */
const EVENT_TIMEOUT_MS = 30_000

export interface StartCliOptions {
  /** Added to this process's environment, from which every WEBRTC_CLI_* is taken out; undefined removes one. */
  env?: Record<string, string | undefined>
  cwd?: string
  /** `pipe` keeps the input open for `write` and `endInput`; another string is the whole input. */
  stdin?: 'ignore' | 'pipe' | (string & {}) | Uint8Array
  /** Where `--json` writes: stderr for verbs whose data is on stdout. */
  events?: 'stdout' | 'stderr'
  /** Kills the process. */
  signal?: AbortSignal
}

export interface CliExit {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  stdoutBytes: Buffer
  events: PeerEvent[]
}

export interface Cli extends AsyncDisposable {
  readonly pid: number | undefined
  /** Everything reported so far with `--json`. */
  readonly events: PeerEvent[]
  /** Everything written so far. */
  readonly stdout: string
  readonly stderr: string
  /** Resolves when the process is gone; rejects where a line or the last event breaks the contract of `--json`. */
  readonly exit: Promise<CliExit>
  /** The first event, reported already or still to come, of that name or for which the predicate holds. */
  waitForEvent<Name extends PeerEvent['event']>(name: Name, options?: WaitOptions): Promise<PeerEventOf<Name>>
  waitForEvent(predicate: (event: PeerEvent) => boolean, options?: WaitOptions): Promise<PeerEvent>
  /** Resolves as soon as the text was written to stdout or stderr; for runs without `--json`. */
  waitForOutput(text: string | RegExp, options?: WaitOptions): Promise<void>
  kill(signal?: NodeJS.Signals): void
  write(data: string | Uint8Array): Promise<void>
  endInput(): void
}

interface WaitOptions {
  timeoutMs?: number
}

/** Starts the built binary; disposal kills it and whatever it started. */
export function startCli(args: readonly string[], options: StartCliOptions = {}): Cli {
  const { cwd = ROOT, stdin = 'ignore', events: eventsOn = 'stdout', signal } = options
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: cleanEnv(options.env),
    stdio: [stdin === 'ignore' ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    // Its own process group, so that disposal also reaches what the process started itself.
    detached: process.platform !== 'win32',
  })
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  const isJson = args.includes('--json')
  const lines = openEventLines()
  let changed = deferred()
  const wake = () => {
    changed.resolve()
    changed = deferred()
  }
  const collect = (name: 'stdout' | 'stderr') => (chunk: Buffer) => {
    output[name].push(chunk)
    if (isJson && name === eventsOn) lines.add(chunk)
    wake()
  }
  child.stdout?.on('data', collect('stdout'))
  child.stderr?.on('data', collect('stderr'))
  // A process that exits early closes its input; what it says is in its exit code.
  child.stdin?.on('error', () => undefined)
  if (stdin !== 'ignore' && stdin !== 'pipe') child.stdin?.end(stdin)

  const text = (name: 'stdout' | 'stderr') => Buffer.concat(output[name]).toString('utf8')
  const transcript = () =>
    `webrtc-cli ${args.join(' ')}\n--- stdout\n${text('stdout')}\n--- stderr\n${text('stderr')}`

  let outcome: { code: number | null; signal: NodeJS.Signals | null } | undefined
  const gone = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, killedBy) => {
      outcome = { code, signal: killedBy }
      resolve()
      wake()
    })
  })
  const exit = gone.then((): CliExit => {
    const { code, signal: killedBy } = outcome ?? { code: null, signal: null }
    const problems = isJson ? lines.problems(code) : []
    if (problems.length > 0) throw new Error(`${problems.join('\n')}\n${transcript()}`)
    return {
      code,
      signal: killedBy,
      stdout: text('stdout'),
      stderr: text('stderr'),
      stdoutBytes: Buffer.concat(output.stdout),
      events: lines.events,
    }
  })
  // Who waits for the exit gets the rejection; a test that does not wait must not die of it.
  exit.catch(() => undefined)

  const waitUntil = async <T>(what: string, find: () => T | undefined, { timeoutMs }: WaitOptions) => {
    const limitMs = timeoutMs ?? EVENT_TIMEOUT_MS
    const search = async (): Promise<T> => {
      for (;;) {
        const next = changed.promise
        const found = find()
        if (found !== undefined) return found
        if (outcome !== undefined) throw new Error(`exited before ${what}: ${transcript()}`)
        await Promise.race([next, gone])
      }
    }
    return withTimeout(search(), limitMs, () => new Error(`no ${what} in ${limitMs} ms: ${transcript()}`))
  }

  const killGroup = () => {
    if (outcome !== undefined || child.pid === undefined) return
    try {
      process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL')
    } catch {
      // Gone between the check and the signal.
    }
  }
  if (signal !== undefined) void aborted(signal).then(killGroup)

  function waitForEvent<Name extends PeerEvent['event']>(
    name: Name,
    options?: WaitOptions,
  ): Promise<PeerEventOf<Name>>
  function waitForEvent(predicate: (event: PeerEvent) => boolean, options?: WaitOptions): Promise<PeerEvent>
  function waitForEvent(
    wanted: PeerEvent['event'] | ((event: PeerEvent) => boolean),
    waitOptions: WaitOptions = {},
  ): Promise<PeerEvent> {
    const matches = typeof wanted === 'string' ? (event: PeerEvent) => event.event === wanted : wanted
    const what = typeof wanted === 'string' ? `event ${wanted}` : 'event that matches'
    return waitUntil(what, () => lines.events.find(matches), waitOptions)
  }

  return {
    pid: child.pid,
    events: lines.events,
    get stdout() {
      return text('stdout')
    },
    get stderr() {
      return text('stderr')
    },
    exit,
    waitForEvent,
    async waitForOutput(wanted, waitOptions = {}) {
      const holds = (written: string) =>
        typeof wanted === 'string' ? written.includes(wanted) : wanted.test(written)
      const find = () => (holds(text('stdout')) || holds(text('stderr')) ? true : undefined)
      await waitUntil(`output ${String(wanted)}`, find, waitOptions)
    },
    kill: (killSignal = 'SIGTERM') => void child.kill(killSignal),
    write: (data) =>
      new Promise((resolve, reject) => {
        if (child.stdin === null) reject(new Error("write needs stdin: 'pipe'"))
        else child.stdin.write(data, (error) => (error ? reject(error) : resolve()))
      }),
    endInput: () => void child.stdin?.end(),
    async [Symbol.asyncDispose]() {
      killGroup()
      await gone.catch(() => undefined)
    },
  }
}

/** Runs that end before they open anything share a process: the start of one costs twenty times what they do in it. */
export async function runTogether(
  runs: readonly (Pick<StartCliOptions, 'cwd' | 'env'> & { args: readonly string[]; stdin?: string })[],
): Promise<Pick<CliExit, 'code' | 'stdout' | 'stderr' | 'events'>[]> {
  const all = runs.map(({ args, cwd = ROOT, env, stdin }) => ({ args, cwd, env: cleanEnv(env), stdin }))
  const { stdout } = await promisify(execFile)(process.execPath, [RUNS, JSON.stringify(all)], {
    timeout: EVENT_TIMEOUT_MS,
    maxBuffer: Infinity,
  })
  return v.parse(EXITS, JSON.parse(stdout)).map((exit, index) => {
    const { args = [] } = runs[index] ?? {}
    const lines = openEventLines()
    if (!args.includes('--json')) return { ...exit, events: [] }
    lines.add(Buffer.from(exit.stdout))
    const problems = lines.problems(exit.code)
    if (problems.length > 0) throw new Error(`${problems.join('\n')}\nwebrtc-cli ${args.join(' ')}`)
    return { ...exit, events: lines.events }
  })
}

/** Holds that an `answer` in `cwd` is refused before it connects, with each of these options, and says why. */
export async function expectRefused(
  cwd: string,
  refused: readonly (readonly [
    code: number,
    error: string,
    options: readonly string[],
    env: NodeJS.ProcessEnv,
  ])[],
): Promise<void> {
  const exits = await runTogether(
    refused.map(([, , options, env]) => ({
      args: ['answer', '--room', 'x', '--json', ...options],
      cwd,
      env,
    })),
  )
  expect(exits).toMatchObject(
    refused.map(([code, error]) => ({ code, events: [{ event: 'error', code: error }, { event: 'exit' }] })),
  )
}

const EXITS = v.array(v.object({ code: v.number(), stdout: v.string(), stderr: v.string() }))

/** Starts `serve` on a free port and resolves when it listens. */
export async function startServe(
  args: readonly string[] = [],
  options: StartCliOptions = {},
): Promise<Cli & { url: string }> {
  const cli = startCli(['serve', '--port', '0', '--json', ...args], options)
  try {
    const { url } = await cli.waitForEvent('listening')
    return Object.assign(cli, { url })
  } catch (error) {
    await cli[Symbol.asyncDispose]()
    throw error
  }
}

function cleanEnv(added: StartCliOptions['env'] = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('WEBRTC_CLI_'))
  const all = Object.entries({ ...Object.fromEntries(inherited), ...added })
  return Object.fromEntries(all.filter(([, value]) => value !== undefined))
}

function openEventLines() {
  const events: PeerEvent[] = []
  const broken: string[] = []
  let bytes: Buffer = Buffer.alloc(0)
  const addLine = (line: string) => {
    const read = readLine(line)
    if (read.event === undefined) broken.push(read.problem)
    else events.push(read.event)
  }
  return {
    events,
    add(chunk: Buffer) {
      bytes = Buffer.concat([bytes, chunk])
      for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10)) {
        addLine(bytes.subarray(0, end).toString('utf8'))
        bytes = bytes.subarray(end + 1)
      }
    },
    /** `code` is null when a signal killed the process: then nothing could be said any more. */
    problems(code: number | null): string[] {
      if (code === null) return broken
      const last = events.at(-1)
      const rest =
        bytes.length > 0 ? [`the output ends in an unfinished line: ${bytes.toString('utf8')}`] : []
      if (last?.event !== 'exit') return [...broken, ...rest, 'the last event is not `exit`']
      const sameCode = last.code === code
      return sameCode
        ? [...broken, ...rest]
        : [...broken, ...rest, `exit event says ${last.code}, process says ${code}`]
    },
  }
}

function readLine(line: string): { event: PeerEvent } | { event?: undefined; problem: string } {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    return { problem: `not JSON: ${line}` }
  }
  const validate = publishedSchema()
  if (!validate(parsed)) {
    return { problem: `breaks events.schema.json: ${line}\n${JSON.stringify(validate.errors)}` }
  }
  const result = v.safeParse(jsonLineSchema, parsed)
  return result.success ? { event: result.output } : { problem: `breaks jsonLineSchema: ${line}` }
}

let compiled: ValidateFunction | undefined

/**
 * The schema that is in the package, as built. Of its events only the one that a line names is looked at, and the code
 * for it is not made smaller: both took seconds.
 */
function publishedSchema(): ValidateFunction {
  if (compiled === undefined) {
    const file = new URL('../../dist/events.schema.json', import.meta.url)
    const { allOf, ...rest } = v.parse(PUBLISHED, JSON.parse(readFileSync(file, 'utf8')))
    const [envelope, events] = allOf
    const options = { strict: false, validateFormats: false, discriminator: true, code: { optimize: false } }
    compiled = new Ajv(options).compile({
      ...rest,
      allOf: [envelope, { ...events, discriminator: { propertyName: 'event' } }],
    })
  }
  return compiled
}

const PUBLISHED = v.looseObject({
  allOf: v.tuple([v.looseObject({}), v.looseObject({ oneOf: v.array(v.looseObject({})) })]),
})
