// From process start to `connected` with a running server on loopback, beside a bare script that does the same
// handshake with the native binding and ws: alternating runs, medians. Both sides of a run are of the same kind.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { median } from './median.mjs'

const BIN = fileURLToPath(new URL('../../bin/webrtc-cli.js', import.meta.url))
const BARE = fileURLToPath(new URL('./bare-peer.mjs', import.meta.url))
const RUNS = Number(process.argv[2] ?? 10)

const server = spawn(process.execPath, [BIN, 'serve', '--port', '0', '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const url = await new Promise((resolve) => {
  createInterface({ input: server.stdout }).on('line', (line) => {
    const event = JSON.parse(line)
    if (event.event === 'listening') resolve(event.url)
  })
})

/** Milliseconds from the start of the process to its word that it is connected. */
function startPeer(args) {
  const startedMs = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise((resolve) => child.once('close', resolve))
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"event":"connected"')) resolve({ ms: performance.now() - startedMs, exited })
    })
    void exited.then(() => reject(new Error(`${args.join(' ')} ended without a connection`)))
  })
}

async function measure(kind, room) {
  const peer = (role) =>
    kind === 'bare'
      ? [BARE, role, room, url]
      : [
          BIN,
          role,
          '--room',
          room,
          '--signal',
          url,
          '--json',
          ...(role === 'offer' ? ['--message', 'hi'] : []),
        ]
  const [offerer, answerer] = await Promise.all([startPeer(peer('offer')), startPeer(peer('answer'))])
  await Promise.all([offerer.exited, answerer.exited])
  return Math.max(offerer.ms, answerer.ms)
}

const times = { bare: [], cli: [] }
for (let run = 0; run <= RUNS; run++) {
  for (const kind of ['bare', 'cli']) {
    const ms = await measure(kind, `bench-${kind}-${run}`)
    if (run > 0) times[kind].push(ms)
  }
}
server.kill()
const medians = { bare: median(times.bare), cli: median(times.cli) }
console.log(
  JSON.stringify({ bench: 'connect', runs: RUNS, medianMs: medians, ratio: medians.cli / medians.bare }),
)
