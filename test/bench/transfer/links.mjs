// A complete send-file over emulated links, beside TCP of the same bytes: for each round trip and loss, runs that
// alternate between the contenders, medians of them, one line of JSON a cell. Progress goes to stderr.
//
//   node test/bench/transfer/links.mjs [--rtt 20,50,100,200] [--loss 0,0.1,0.5,1] [--rate 100] [--queue 100]
//     [--runs 3] [--megabytes 64] [--limit 30] [--contenders send-file,single,bbr,cubic] [-- send-file options]
//
// --rtt ms, --loss percent each way, --rate Mbit/s of IP packets, --queue ms in front of it, --limit seconds a run.
// `send-file` is the built program with --associations auto, `single` with --associations 1, `bbr` and `cubic` are iperf3
// with that congestion control. Other numbers of associations are contenders too: --contenders send-file,16,64. Arguments
// after -- go to every send-file.
//
// A run that reaches the limit is ended and counts with what it had moved by then (`limited`). `megabytesPerSecond`
// is 1e6 bytes over the time of the transfer itself: of send-file from the acceptance to the receiver's last file
// verified and renamed, of iperf3 what its receiver says. `wholeSeconds` is the process of the sender, connecting included.
// What the link counted is with every run; `late` counts packets that left it
// more than 1 ms too late: more than a few mean that the machine was too busy to emulate.
// Build first (npm run build). Needs root, cc, iproute2, util-linux, and iperf3 for TCP.
import { randomFillSync } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { median } from '../median.mjs'
import { openEmulatedLink, whyNoLink } from '../support/emulated-link.mjs'

const BIN = fileURLToPath(new URL('../../../bin/webrtc-cli.js', import.meta.url))
const MEGABYTE = 1e6
const GOODBYE_MS = 3_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rtt: { type: 'string', default: '20,50,100,200' },
    loss: { type: 'string', default: '0,0.1,0.5,1' },
    rate: { type: 'string', default: '100' },
    queue: { type: 'string', default: '100' },
    runs: { type: 'string', default: '3' },
    megabytes: { type: 'string', default: '64' },
    limit: { type: 'string', default: '30' },
    contenders: { type: 'string', default: 'send-file,single,bbr,cubic' },
  },
})
const list = (text) => text.split(',').map((part) => part.trim())
const runs = Number(values.runs)
const bytes = Number(values.megabytes) * MEGABYTE
const limitMs = Number(values.limit) * 1_000

const missing = whyNoLink()
if (missing !== undefined) {
  console.log(JSON.stringify({ bench: 'transfer/links', skipped: missing }))
  process.exit(0)
}

const directory = await mkdtemp(join(tmpdir(), 'webrtc-cli-links-'))
const source = join(directory, 'source')
await writeRandomFile(source, bytes)
try {
  for (const rttMs of list(values.rtt).map(Number)) {
    for (const lossPercent of list(values.loss).map(Number)) await measureCell({ rttMs, lossPercent })
  }
} finally {
  await rm(directory, { recursive: true, force: true })
}

async function measureCell({ rttMs, lossPercent }) {
  const measured = Object.fromEntries(list(values.contenders).map((name) => [name, []]))
  for (let run = 0; run < runs; run++) {
    for (const name of Object.keys(measured)) {
      // The same seed for all contenders of a round: as far as they send the same packets, they lose the same.
      const result = await measure(name, { rttMs, lossPercent, seed: run + 1 })
      measured[name].push(result)
      console.error(`${rttMs} ms, ${lossPercent} %, ${run + 1}/${runs} ${name} ${JSON.stringify(result)}`)
    }
  }
  const contenders = Object.fromEntries(
    Object.entries(measured).map(([name, results]) => [
      name,
      {
        megabytesPerSecond: median(results.map(({ megabytesPerSecond }) => megabytesPerSecond)),
        wholeSeconds: median(results.map(({ wholeSeconds }) => wholeSeconds)),
        limited: results.some(({ limited }) => limited),
        runs: results,
      },
    ]),
  )
  const link = { rttMs, lossPercent, rateMbit: Number(values.rate), queueMs: Number(values.queue) }
  console.log(JSON.stringify({ bench: 'transfer/links', ...link, bytes, contenders }))
}

async function measure(name, { rttMs, lossPercent, seed }) {
  const { rate, queue } = values
  const link = await openEmulatedLink({
    delayMs: rttMs / 2,
    lossPercent,
    rateMbit: Number(rate),
    queueMs: Number(queue),
    seed,
  })
  try {
    const result = await (name === 'bbr' || name === 'cubic' ? iperf(link, name) : sendFile(link, name))
    return { ...result, link: await link.close() }
  } catch (error) {
    await link.close()
    throw error
  }
}

/** Signaling goes through the link as well: the server is on the receiver's host. */
async function sendFile({ hosts: [here, there] }, name) {
  const associations = name === 'send-file' ? 'auto' : name === 'single' ? '1' : name
  const output = join(directory, 'received')
  const server = startOn(there, [
    process.execPath,
    BIN,
    'serve',
    '--host',
    there.address,
    '--port',
    '0',
    '--json',
  ])
  try {
    const { url } = await server.eventOf('listening')
    const cli = (...args) => [process.execPath, BIN, ...args, '--room', 'bench', '--signal', url, '--json']
    const receiving = cli('receive-file', '--yes', '-o', output, '--on-conflict', 'overwrite', '--no-resume')
    const receiver = startOn(there, receiving)
    await receiver.eventOf('room')
    const startedMs = performance.now()
    const sending = cli('send-file', source, '--associations', associations, ...positionals)
    const sender = startOn(here, sending)
    const limited = await endedOrLimited(sender, [sender, receiver])
    const wholeSeconds = (performance.now() - startedMs) / 1_000
    await receiver.exit
    await rm(output, { force: true })
    const last = receiver.events.findLast(
      ({ event }) => event === 'transfer-complete' || event === 'transfer-progress',
    )
    if (!limited && last?.event !== 'transfer-complete')
      throw new Error(`${name} ended with ${await sender.exit}`)
    return {
      megabytesPerSecond: last ? last.bytesTransferred / 1e3 / last.durationMs : 0,
      wholeSeconds,
      limited,
      associations: last?.associations ?? null,
      cpuSeconds: { sender: sender.cpuSeconds(), receiver: receiver.cpuSeconds() },
    }
  } finally {
    server.child.kill('SIGKILL')
    await server.exit
  }
}

async function iperf({ hosts: [here, there] }, congestion) {
  const server = startOn(there, ['iperf3', '-s', '-1', '--forceflush'])
  await server.lineOf(/listening/)
  const startedMs = performance.now()
  const client = startOn(here, ['iperf3', '-c', there.address, '-n', String(bytes), '-C', congestion, '-J'])
  const limited = await endedOrLimited(client, [client])
  const wholeSeconds = (performance.now() - startedMs) / 1_000
  server.child.kill('SIGKILL')
  await server.exit
  const { end } = JSON.parse(client.lines.join('\n'))
  const { bytes: moved, seconds } = end.sum_received?.bytes ? end.sum_received : end.sum_sent
  const cpu = end.cpu_utilization_percent
  return {
    megabytesPerSecond: moved / MEGABYTE / seconds,
    bytes: moved,
    wholeSeconds,
    limited,
    cpuSeconds: {
      sender: ((cpu?.host_total ?? 0) / 100) * seconds,
      receiver: ((cpu?.remote_total ?? 0) / 100) * seconds,
    },
  }
}

/** Resolves with whether the limit came first; what runs then is interrupted as by Ctrl-C. */
async function endedOrLimited(program, interrupted) {
  let timer
  const limit = new Promise((resolve) => {
    timer = setTimeout(() => resolve(true), limitMs)
  })
  const limited = await Promise.race([limit, program.exit.then(() => false)])
  clearTimeout(timer)
  if (!limited) return false
  for (const { child } of interrupted) child.kill('SIGINT')
  timer = setTimeout(() => {
    for (const { child } of interrupted) child.kill('SIGKILL')
  }, GOODBYE_MS)
  await Promise.all(interrupted.map(({ exit }) => exit))
  clearTimeout(timer)
  return true
}

function startOn(host, command) {
  const [file, ...args] = host.command(command)
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = []
  const events = []
  const waiting = new Set()
  let cpuSeconds = null
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    const event = line.startsWith('{"v":1') ? JSON.parse(line) : undefined
    if (event) events.push(event)
    if (event?.event === 'transfer-complete' || event?.event === 'transfer-progress')
      void cpuSecondsOf(child.pid).then((seconds) => (cpuSeconds = seconds ?? cpuSeconds))
    for (const look of waiting) look()
  })
  const exit = once(child, 'close').then(([code]) => code)
  const waitFor = (find) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = find()
        if (found === undefined) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      void exit.then((code) => reject(new Error(`${command.join(' ')} ended with ${code}: ${lines.at(-1)}`)))
      look()
    })
  return {
    child,
    lines,
    events,
    exit,
    cpuSeconds: () => cpuSeconds,
    eventOf: (name) => waitFor(() => events.find(({ event }) => event === name)),
    lineOf: (pattern) => waitFor(() => lines.find((line) => pattern.test(line))),
  }
}

/** User and system time in seconds; null once the process is gone. nsenter becomes the command, so the id is its own. */
async function cpuSecondsOf(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (stat === null) return null
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

async function writeRandomFile(path, size) {
  const file = await open(path, 'w')
  const block = randomFillSync(Buffer.alloc(MEGABYTE))
  for (let written = 0; written < size; written += block.length) {
    block.writeDoubleLE(written)
    await file.write(block, 0, Math.min(block.length, size - written))
  }
  await file.close()
}
