// A complete send-file on loopback (read, hash, write, sync, hash) beside the bare loops of the native binding and of
// node-datachannel: alternating runs, medians, one JSON object.
//   node test/bench/transfer/loopback.mjs [--runs 7] [--megabytes 512] [--only cli,wrtc,node-datachannel] [-- send-file options]
import { fork, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { median } from '../median.mjs'

const BIN = fileURLToPath(new URL('../../../bin/webrtc-cli.js', import.meta.url))
const MEGABYTE = 1024 * 1024

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '7' },
    megabytes: { type: 'string', default: '512' },
    only: { type: 'string', default: 'cli,wrtc,node-datachannel' },
  },
})
const runs = Number(values.runs)
const bytes = Number(values.megabytes) * MEGABYTE
const contenders = values.only.split(',')

const directory = await mkdtemp(join(tmpdir(), 'webrtc-cli-bench-'))
const source = join(directory, 'source')
await writeRandomFile(source, bytes)
const sha256 = await sha256Of(source)
const server = await startServer()

const measured = Object.fromEntries(contenders.map((name) => [name, []]))
try {
  for (let run = 0; run < runs; run++) {
    for (const name of contenders) {
      const result = name === 'cli' ? await sendFile(run) : await bareLoop(name)
      measured[name].push(result)
      console.error(`${run + 1}/${runs} ${name} ${JSON.stringify(result)}`)
    }
  }
} finally {
  server.child.kill()
  await rm(directory, { recursive: true, force: true })
}

const rates = Object.fromEntries(
  contenders.map((name) => [
    name,
    median(measured[name].map(({ megabytesPerSecond }) => megabytesPerSecond)),
  ]),
)
console.log(
  JSON.stringify({
    bench: 'transfer/loopback',
    runs,
    bytes,
    receiveBufferBytes: Number(await readFile('/proc/sys/net/core/rmem_default', 'utf8').catch(() => 0)),
    medianMegabytesPerSecond: rates,
    ratioToWrtc: rates.cli / rates.wrtc,
    ratioToNodeDatachannel: rates.cli / rates['node-datachannel'],
    measured,
  }),
)

/** Two processes; the rate is over the transfer, from its acceptance to the receiver's word that it is verified. */
async function sendFile(run) {
  const output = join(directory, 'received')
  const room = ['--room', `bench-${run}`, '--signal', server.url, '--json']
  const receiver = startCli(['receive-file', ...room, '--yes', '-o', output, '--on-conflict', 'overwrite'])
  const sender = startCli(['send-file', source, ...room, ...positionals])
  const [sent, received] = await Promise.all([sender, receiver])
  if (sent.code !== 0 || received.code !== 0)
    throw new Error(`send-file ended with ${sent.code} and ${received.code}`)
  const complete = received.events.find(({ event }) => event === 'transfer-complete')
  if (complete.files[0].sha256 !== sha256) throw new Error('another file arrived')
  await rm(output)
  return {
    megabytesPerSecond: bytes / 1e3 / complete.durationMs,
    longestGapMs: longestGap(sent.events),
    associations: complete.associations,
    cpuSeconds: { sender: sent.cpuSeconds, receiver: received.cpuSeconds },
  }
}

/** Two processes that do nothing but move the bytes; the rate is from the first message to the last. */
async function bareLoop(name) {
  const script = fileURLToPath(new URL(`./bare-${name}.mjs`, import.meta.url))
  const peers = ['receive', 'send'].map((role) => fork(script, [role, String(bytes)]))
  const [receiver, sender] = peers
  receiver.on('message', (message) => message.durationMs === undefined && sender.send(message))
  sender.on('message', (message) => message.done === undefined && receiver.send(message))
  const durationMs = await new Promise((resolve, reject) => {
    receiver.on('message', (message) => message.durationMs !== undefined && resolve(message.durationMs))
    for (const peer of peers) peer.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)))
  })
  const cpuSeconds = { sender: await cpuSecondsOf(sender.pid), receiver: await cpuSecondsOf(receiver.pid) }
  for (const peer of peers) peer.kill('SIGKILL')
  return { megabytesPerSecond: bytes / 1e3 / durationMs, cpuSeconds }
}

function startCli(args) {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const events = []
  let cpuSeconds = null
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line)
    events.push(event)
    if (event.event === 'transfer-complete')
      void cpuSecondsOf(child.pid).then((seconds) => (cpuSeconds = seconds))
  })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, events, cpuSeconds })))
}

/** Between `connected` and the end, the longest time in which no progress was reported; progress comes every 250 ms. */
function longestGap(events) {
  const marks = events
    .filter(({ event }) => ['transfer-accepted', 'transfer-progress', 'transfer-complete'].includes(event))
    .map(({ ts }) => Date.parse(ts))
  return Math.max(0, ...marks.slice(1).map((mark, index) => mark - marks[index]))
}

/** User and system time in seconds, from /proc; null elsewhere. */
async function cpuSecondsOf(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (stat === null) return null
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

async function startServer() {
  const child = spawn(process.execPath, [BIN, 'serve', '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line)
      if (event.event === 'listening') resolve(event.url)
    })
  })
  return { child, url }
}

async function writeRandomFile(path, size) {
  const { randomFillSync } = await import('node:crypto')
  const file = await open(path, 'w')
  const block = randomFillSync(Buffer.alloc(MEGABYTE))
  for (let offset = 0; offset < size; offset += MEGABYTE) {
    block.writeBigUInt64BE(BigInt(offset))
    await file.write(block)
  }
  await file.close()
}

async function sha256Of(path) {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: MEGABYTE })) hash.update(chunk)
  return hash.digest('hex')
}
