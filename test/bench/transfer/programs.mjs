// What the benches of transfers start: the built program, and what Linux says about it while it runs.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../../bin/webrtc-cli.js', import.meta.url))

/** Starts the program; `stdin` and `stdout` as in child_process. Events of --json go to stderr with `events: 'stderr'`. */
export function start(args, { stdin = 'ignore', stdout = 'pipe', events = 'stdout' } = {}) {
  const child = spawn(process.execPath, [BIN, ...args, '--json'], { stdio: [stdin, stdout, 'pipe'] })
  const seen = []
  const lines = createInterface({ input: events === 'stderr' ? child.stderr : child.stdout })
  lines.on('line', (line) => seen.push(JSON.parse(line)))
  if (events !== 'stderr') child.stderr.resume()
  const ended = new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, events: seen }))
  })
  const event = async (name) => {
    for (;;) {
      const found = seen.find((one) => one.event === name)
      if (found) return found
      if (child.exitCode !== null) throw new Error(`${args[0]} ended before "${name}"`)
      await new Promise((resolve) => {
        setTimeout(resolve, 10)
      })
    }
  }
  return { child, seen, ended, event }
}

/** A signaling server of its own. */
export async function startServer() {
  const server = start(['serve', '--port', '0'])
  const { url } = await server.event('listening')
  return { url, stop: () => server.child.kill() }
}

/** Peak and present size in memory (VmHWM, VmRSS) in bytes; zeros where Linux does not say. */
export function memoryOf({ pid }) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const field = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024
    return { peakBytes: field('VmHWM'), bytes: field('VmRSS') }
  } catch {
    return { peakBytes: 0, bytes: 0 }
  }
}
