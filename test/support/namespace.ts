import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import * as v from 'valibot'
import { deferred } from '../../src/async/deferred.js'
import { withTimeout } from '../../src/async/delay.js'
import { jsonLineSchema, type PeerEvent } from '../../src/events.js'

/** The address, of those reserved for documentation (RFC 5737), that every namespace has beside loopback. */
export const DOCUMENTATION_ADDRESS = '192.0.2.7'

/** The slowest thing waited for is ICE giving up, after about 15 s. */
const OUTPUT_TIMEOUT_MS = 30_000

/** A network of its own: every port is free, and nothing leaves it. Disposing kills what was started in it. */
export interface Namespace extends AsyncDisposable {
  /** Of the process that keeps it; `ip link set … netns PID` moves a link into it. */
  readonly pid: number
  start(command: readonly string[], options?: StartOptions): Terminal
}

export interface StartOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** The whole standard input. */
  input?: string
}

export interface TerminalExit {
  /** Null where a signal ended it. */
  code: number | null
  signal: string | null
  stdout: string
  stderr: string
}

/** One command that runs in a namespace. */
export interface Terminal {
  readonly exit: Promise<TerminalExit>
  /** Everything written so far, of both streams. */
  readonly output: string
  /** Resolves with the match as soon as the output has one; rejects when the command ends without it. */
  waitForOutput(pattern: RegExp): Promise<RegExpExecArray>
  /** As the terminal does it: to the command and to everything it started. */
  kill(signal: NodeJS.Signals): void
}

/** Why no namespace can be opened here; undefined where one can. With CI=true that is an error. */
export function whyNoNamespace(): string | undefined {
  const { status, stderr, error } = spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up'], {
    encoding: 'utf8',
  })
  if (status === 0) return undefined
  const reason = `network namespaces are not available: ${(error?.message ?? stderr).trim()}`
  if (process.env['CI'] === 'true') throw new Error(`With CI=true these tests have to run, but ${reason}`)
  // eslint-disable-next-line no-console -- a skipped test has to be seen
  console.warn(`SKIPPED: ${reason}`)
  return reason
}

/** `address` is on its loopback interface; null leaves it bare. */
export async function openNamespace({
  address = DOCUMENTATION_ADDRESS,
}: { address?: string | null } = {}): Promise<Namespace> {
  const setUp = `ip link set lo up${address === null ? '' : ` && ip address add ${address}/32 dev lo`}`
  const holder = spawn('unshare', ['--net', 'sh', '-c', `${setUp} && echo ready && exec cat`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  // Its input ends with this process too, so no namespace outlives its test.
  const gone = once(holder, 'exit')
  await Promise.race([
    once(holder.stdout, 'data'),
    gone.then(() => {
      throw new Error('The namespace could not be set up.')
    }),
  ])
  const terminals: Terminal[] = []
  return {
    pid: holder.pid ?? 0,
    start(command, options) {
      const enter = ['nsenter', `--net=/proc/${holder.pid}/ns/net`, '--', ...command]
      const terminal = startTerminal(enter, options)
      terminals.push(terminal)
      return terminal
    },
    async [Symbol.asyncDispose]() {
      for (const terminal of terminals) terminal.kill('SIGKILL')
      await Promise.all(terminals.map(({ exit }) => exit.catch(() => undefined)))
      holder.stdin.end()
      await gone
    },
  }
}

/** The lines of `--json`, each held against the schema; throws where the last one is not `exit`. */
export function parseEvents({ stdout }: TerminalExit): PeerEvent[] {
  const lines = stdout.split('\n').filter((line) => line !== '')
  const events = lines.map((line) => v.parse(jsonLineSchema, JSON.parse(line)))
  if (events.at(-1)?.event !== 'exit') throw new Error(`the last event is not exit: ${lines.at(-1)}`)
  return events
}

function startTerminal(
  command: readonly string[],
  { cwd, env = process.env, input = '' }: StartOptions = {},
): Terminal {
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    cwd,
    env: withoutOptions(env),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const written = { stdout: '', stderr: '' }
  let changed = deferred()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text
      changed.resolve()
      changed = deferred()
    })
  }
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  let isRunning = true
  const exit = once(child, 'close').then(([code, signal]: unknown[]): TerminalExit => {
    isRunning = false
    changed.resolve()
    return {
      code: typeof code === 'number' ? code : null,
      signal: typeof signal === 'string' ? signal : null,
      ...written,
    }
  })
  exit.catch(() => undefined)
  const output = () => `${written.stdout}${written.stderr}`

  const search = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const next = changed.promise
      const match = pattern.exec(output())
      if (match) return match
      if (!isRunning) throw new Error(`${args.join(' ')} ended without ${pattern}:\n${output()}`)
      await Promise.race([next, exit])
    }
  }
  return {
    exit,
    get output() {
      return output()
    },
    waitForOutput: (pattern) =>
      withTimeout(
        search(pattern),
        OUTPUT_TIMEOUT_MS,
        () => new Error(`no ${pattern} in ${OUTPUT_TIMEOUT_MS} ms:\n${output()}`),
      ),
    kill(signal) {
      if (!isRunning || child.pid === undefined) return
      try {
        process.kill(-child.pid, signal)
      } catch {
        // Gone between the check and the signal.
      }
    },
  }
}

/** Options of the tool that this process has in its environment are not those of a test. */
function withoutOptions(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('WEBRTC_CLI_')))
}
