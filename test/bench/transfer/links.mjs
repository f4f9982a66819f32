// A complete send-file over emulated links, beside TCP of the same bytes: for each round trip and loss, runs that
// alternate between the contenders, medians of them, one line of JSON a cell. Progress goes to stderr.
//
//   node test/bench/transfer/links.mjs [--rtt 20,50,100,200] [--loss 0,0.1,0.5,1] [--rate 100] [--queue 100]
//     [--runs 3] [--megabytes 128] [--limit 60] [--contenders send-file,bbr] [--bounded single,cubic] [--bound 20]
//     [--bounded-loss 0.5] [-- send-file options]
//
// --rtt ms, --loss percent each way, --rate Mbit/s of IP packets, --queue ms in front of it, --limit seconds a run.
// Contenders:
//   send-file      the built program with --associations auto; a number instead is --associations NUMBER
//   single         the same with --associations 1
//   bbr, cubic     iperf3 with that congestion control
//   shared-cubic   send-file while an iperf3 of that congestion control runs on the link as well
// `send-file@cubic` runs on hosts whose default congestion control is cubic; without @ it is this machine's.
// --contenders run alone. --bounded ones are for what is slow: from --bounded-loss percent on they run for --bound
// seconds, several at the same time, each on a link of its own; what they had moved by then counts.
// Arguments after -- go to every send-file.
//
// A run that reaches its limit is ended and counts with what it had moved by then (`limited`). `megabytesPerSecond`
// is 1e6 bytes over the time of the transfer itself: of send-file from the acceptance to the receiver's last file
// verified and renamed, of iperf3 what its receiver says. `wholeSeconds` is the process of the sender, from its start
// to its exit, connecting included, and `wholeMegabytesPerSecond` the rate over that.
// `socketDrops` counts UDP packets that a host had no room for in the buffer of their socket.
// What the link counted is with every run: `queueMedianMs` is the queue that half of the packets found at most, and
// `late` counts packets that left it more than 1 ms too late: more than a few mean that the machine was too busy.
// Build first (npm run build). Needs root, cc, iproute2, util-linux, and iperf3 for TCP.
import { randomFillSync } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { median } from '../median.mjs'
import { openEmulatedLink, whyNoLink } from '../support/emulated-link.mjs'

const BIN = fileURLToPath(new URL('../../../bin/webrtc-cli.js', import.meta.url))
const MEGABYTE = 1e6
const GOODBYE_MS = 3_000

/** The TCP flow that shares the link has found its rate by then. */
const FLOW_ALONE_MS = 4_000

const DEFAULT_CONGESTION = '/proc/sys/net/ipv4/tcp_congestion_control'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rtt: { type: 'string', default: '20,50,100,200' },
    loss: { type: 'string', default: '0,0.1,0.5,1' },
    rate: { type: 'string', default: '100' },
    queue: { type: 'string', default: '100' },
    runs: { type: 'string', default: '3' },
    megabytes: { type: 'string', default: '128' },
    limit: { type: 'string', default: '60' },
    contenders: { type: 'string', default: 'send-file,bbr' },
    bounded: { type: 'string', default: 'single,cubic' },
    bound: { type: 'string', default: '20' },
    'bounded-loss': { type: 'string', default: '0.5' },
  },
})
const list = (text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
const runs = Number(values.runs)
const bytes = Number(values.megabytes) * MEGABYTE

/** So many bounded runs at the same time: they carry little, and this many hardly keep a processor busy. */
const BOUNDED_AT_ONCE = 6

const missing = whyNoLink()
if (missing !== undefined) {
  console.log(JSON.stringify({ bench: 'transfer/links', skipped: missing }))
  process.exit(0)
}

const directory = await mkdtemp(join(tmpdir(), 'webrtc-cli-links-'))
const source = join(directory, 'source')
await writeRandomFile(source, bytes)
try {
  const cells = list(values.rtt).flatMap((rtt) =>
    list(values.loss).map((loss) => ({ rttMs: Number(rtt), lossPercent: Number(loss) })),
  )
  const bounded = await measureBounded(cells)
  for (const cell of cells) await measureCell(cell, bounded.get(cell))
} finally {
  await rm(directory, { recursive: true, force: true })
}

/** The slow ones of all cells, side by side: by cell and contender. */
async function measureBounded(cells) {
  const waiting = cells
    .filter(({ lossPercent }) => lossPercent >= Number(values['bounded-loss']))
    .flatMap((cell) => list(values.bounded).map((name) => ({ cell, name })))
  const measured = new Map(cells.map((cell) => [cell, {}]))
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { cell, name } = next
      const result = await measure(name, { ...cell, seed: 1 }, Number(values.bound) * 1_000)
      measured.get(cell)[name] = [result]
      console.error(`${cell.rttMs} ms, ${cell.lossPercent} %, bounded ${name} ${JSON.stringify(result)}`)
    }
  }
  await Promise.all(Array.from({ length: BOUNDED_AT_ONCE }, work))
  return measured
}

async function measureCell({ rttMs, lossPercent }, bounded) {
  const measured = Object.fromEntries(list(values.contenders).map((name) => [name, []]))
  for (let run = 0; run < runs; run++) {
    for (const name of Object.keys(measured)) {
      // The same seed for all contenders of a round: as far as they send the same packets, they lose the same.
      const result = await measure(name, { rttMs, lossPercent, seed: run + 1 }, Number(values.limit) * 1_000)
      measured[name].push(result)
      console.error(`${rttMs} ms, ${lossPercent} %, ${run + 1}/${runs} ${name} ${JSON.stringify(result)}`)
    }
  }
  const contenders = Object.fromEntries(
    Object.entries({ ...measured, ...bounded }).map(([name, results]) => [name, summary(results)]),
  )
  const link = { rttMs, lossPercent, rateMbit: Number(values.rate), queueMs: Number(values.queue) }
  const hosts = { defaultCongestion: await readFile(DEFAULT_CONGESTION, 'utf8').then((text) => text.trim()) }
  console.log(JSON.stringify({ bench: 'transfer/links', ...link, ...hosts, bytes, contenders }))
}

function summary(results) {
  const middle = (figure) => median(results.map(figure))
  return {
    megabytesPerSecond: middle(({ megabytesPerSecond }) => megabytesPerSecond),
    wholeMegabytesPerSecond: middle(({ wholeMegabytesPerSecond }) => wholeMegabytesPerSecond),
    wholeSeconds: middle(({ wholeSeconds }) => wholeSeconds),
    queueMedianMs: middle(({ link }) => link.aToB.queueMedianMs),
    limited: results.some(({ limited }) => limited),
    runs: results,
  }
}

async function measure(contender, { rttMs, lossPercent, seed }, limitMs) {
  const { rate, queue } = values
  const [name, congestion] = contender.split('@')
  const link = await openEmulatedLink({
    delayMs: rttMs / 2,
    lossPercent,
    rateMbit: Number(rate),
    queueMs: Number(queue),
    seed,
    congestion,
  })
  try {
    const result = await run(link, name, limitMs)
    return {
      ...result,
      wholeMegabytesPerSecond: result.bytes / MEGABYTE / result.wholeSeconds,
      link: await link.close(),
    }
  } catch (error) {
    await link.close()
    throw error
  }
}

function run(link, name, limitMs) {
  if (name === 'bbr' || name === 'cubic') return iperf(link, name, limitMs)
  const [, beside] = /^shared-(.+)$/.exec(name) ?? []
  return beside ? sendFileBeside(link, beside, limitMs) : sendFile(link, name, limitMs)
}

/** Signaling goes through the link as well: the server is on the receiver's host. */
async function sendFile({ hosts: [here, there] }, name, limitMs) {
  const associations = name === 'send-file' ? 'auto' : name === 'single' ? '1' : name
  const output = join(await mkdtemp(join(directory, 'to-')), 'received')
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
    const limited = await endedOrLimited(sender, [sender, receiver], limitMs)
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
      bytes: last?.bytesTransferred ?? 0,
      wholeSeconds,
      limited,
      associations: last?.associations ?? null,
      cpuSeconds: { sender: sender.cpuSeconds(), receiver: receiver.cpuSeconds() },
      socketDrops: { sender: sender.socketDrops(), receiver: receiver.socketDrops() },
    }
  } finally {
    server.child.kill('SIGKILL')
    await server.exit
  }
}

/** What a TCP flow that was there before keeps of the link while a file is being sent. */
async function sendFileBeside(link, congestion, limitMs) {
  const [here, there] = link.hosts
  const server = startOn(there, ['iperf3', '-s', '-1', '--forceflush'])
  await server.lineOf(/listening/)
  const flow = startOn(here, ['iperf3', '-c', there.address, '-t', '3600', '-C', congestion, '-J'])
  const startedMs = performance.now()
  await delay(FLOW_ALONE_MS)
  const result = await sendFile(link, 'send-file', limitMs)
  const endedMs = performance.now()
  flow.child.kill('SIGINT')
  await flow.exit
  server.child.kill('SIGKILL')
  await server.exit
  const { intervals } = JSON.parse(flow.lines.join('\n'))
  const during = intervals
    .map(({ sum }) => sum)
    .filter(({ start, end }) => start * 1_000 >= FLOW_ALONE_MS && end * 1_000 <= endedMs - startedMs)
  const seconds = during.reduce((total, one) => total + one.seconds, 0)
  const moved = during.reduce((total, one) => total + one.bytes, 0)
  return { ...result, besideMegabytesPerSecond: moved / MEGABYTE / seconds }
}

async function iperf({ hosts: [here, there] }, congestion, limitMs) {
  const server = startOn(there, ['iperf3', '-s', '-1', '--forceflush'])
  await server.lineOf(/listening/)
  const startedMs = performance.now()
  const client = startOn(here, ['iperf3', '-c', there.address, '-n', String(bytes), '-C', congestion, '-J'])
  const limited = await endedOrLimited(client, [client], limitMs)
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
async function endedOrLimited(program, interrupted, limitMs) {
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
  let socketDrops = null
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    const event = line.startsWith('{"v":1') ? JSON.parse(line) : undefined
    if (event) events.push(event)
    if (event?.event === 'transfer-complete' || event?.event === 'transfer-progress')
      void Promise.all([cpuSecondsOf(child.pid), socketDropsOf(child.pid)]).then(([seconds, drops]) => {
        cpuSeconds = seconds ?? cpuSeconds
        socketDrops = drops ?? socketDrops
      })
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
    socketDrops: () => socketDrops,
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

/** UDP packets that found the buffer of a socket on its host full; null once the process is gone. */
async function socketDropsOf(pid) {
  const snmp = await readFile(`/proc/${pid}/net/snmp`, 'utf8').catch(() => null)
  if (snmp === null) return null
  const [names, figures] = snmp.split('\n').filter((line) => line.startsWith('Udp:'))
  return Number(figures.split(' ')[names.split(' ').indexOf('RcvbufErrors')])
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
