// A call with audio, video and data between two peers in one process, and what that process takes (Linux).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../../bin/webrtc-cli.js', import.meta.url))

/**
 * Runs `body` with the process id once the call is connected, and ends the call (Node 20 has no `await using`). What is
 * preloaded with `nodeArgs` talks to `onLine` through the file descriptor 3.
 */
export async function withCall(args, body, { nodeArgs = [], env = {}, onLine } = {}) {
  const child = spawn(process.execPath, [...nodeArgs, BIN, 'stats', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'inherit', onLine ? 'pipe' : 'ignore'],
    env: { ...process.env, ...env },
  })
  if (onLine) createInterface({ input: child.stdio[3] }).on('line', onLine)
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

/** Resident memory. */
export function residentBytes(pid) {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024
}
