// A call with audio, video and data between two peers in one process, and what that process takes (Linux).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../../bin/webrtc-cli.js', import.meta.url))

/** Clock ticks a second of /proc/PID/stat: 100 on every Linux that Node runs on. */
const TICKS = 100

/** Runs `body` with the process id once the call is connected, and ends the call (Node 20 has no `await using`). */
export async function withCall(args, body, { nodeArgs = [] } = {}) {
  const child = spawn(process.execPath, [...nodeArgs, BIN, 'stats', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'close')
  try {
    await Promise.race([
      connected(child),
      exited.then(() => Promise.reject(new Error('The call ended early.'))),
    ])
    return await body(child.pid)
  } finally {
    child.kill('SIGINT')
    await exited
  }
}

function connected(child) {
  return new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"event":"connected"')) resolve()
    })
  })
}

/** User and system time of the process so far. */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** Resident memory. */
export function residentBytes(pid) {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024
}
