// Fresh transfers one after the other, each of two new processes: the longest time without progress after `connected`,
// and whether the hash is right. A socket buffer that overflows would show as a pause of 400 ms and more (the RTO).
// One JSON object; exit 1 where one of them pauses for longer than allowed or arrives wrong.
//   node test/bench/transfer/gaps.mjs [--runs 50] [--megabytes 200] [--allowed 300]
import { createHash, randomFillSync } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { median } from '../median.mjs'
import { start, startServer } from './programs.mjs'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '50' },
    megabytes: { type: 'string', default: '200' },
    allowed: { type: 'string', default: '300' },
  },
})
const MEGABYTE = 1024 * 1024
const allowedMs = Number(values.allowed)

const directory = mkdtempSync(join(tmpdir(), 'webrtc-cli-bench-'))
const source = join(directory, 'source')
const sha256 = writeRandomFile(source, Number(values.megabytes))
const server = await startServer()
const runs = []
const dropsBefore = receiveBufferErrors()
try {
  for (let run = 0; run < Number(values.runs); run++) {
    runs.push(await transfer(run))
    console.error(`${run + 1}/${values.runs} ${JSON.stringify(runs.at(-1))}`)
  }
} finally {
  server.stop()
  rmSync(directory, { recursive: true, force: true })
}
const gaps = runs.map(({ longestGapMs }) => longestGapMs)
const failures = runs.filter(({ isRight, longestGapMs }) => !isRight || longestGapMs >= allowedMs)
console.log(
  JSON.stringify({
    bench: 'transfer/gaps',
    runs: runs.length,
    megabytes: Number(values.megabytes),
    receiveBufferBytes: Number(readFileSync('/proc/sys/net/core/rmem_default', 'utf8')),
    receiveBufferErrors: receiveBufferErrors() - dropsBefore,
    gapMs: { median: median(gaps), longest: Math.max(...gaps) },
    medianMegabytesPerSecond: median(runs.map(({ megabytesPerSecond }) => megabytesPerSecond)),
    failures,
  }),
)
process.exit(failures.length === 0 ? 0 : 1)

async function transfer(run) {
  const output = join(directory, 'received')
  const place = ['--room', `gaps-${run}`, '--signal', server.url]
  const receiver = start(['receive-file', '--yes', '-o', output, ...place])
  const sender = start(['send-file', source, ...place])
  const written = watchSize(receiver.child.pid)
  const [sent, received] = await Promise.all([sender.ended, receiver.ended])
  written.stop()
  const complete = received.events.find(({ event }) => event === 'transfer-complete')
  const isRight = sent.code === 0 && received.code === 0 && complete?.files[0].sha256 === sha256
  rmSync(output, { force: true })
  const connectedMs = Date.parse(received.events.find(({ event }) => event === 'connected')?.ts)
  const marks = [connectedMs, ...written.changes.filter((ms) => ms > connectedMs)]
  const longestGapMs = Math.max(0, ...marks.slice(1).map((ms, index) => ms - marks[index]))
  return { isRight, longestGapMs, megabytesPerSecond: (complete?.bytesPerSecond ?? 0) / 1e6 }
}

/** When the process wrote something, to 10 ms: its own events of progress come every 250 ms only. */
function watchSize(pid) {
  const changes = []
  let seen = 0
  const looking = setInterval(() => {
    const written = writtenBytes(pid)
    if (written - seen < MEGABYTE / 16) return
    changes.push(Date.now())
    seen = written
  }, 10)
  return { changes, stop: () => clearInterval(looking) }
}

function writtenBytes(pid) {
  try {
    return Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** UDP packets that this machine dropped because a socket was full. */
function receiveBufferErrors() {
  const [names = '', counts = ''] = readFileSync('/proc/net/snmp', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('Udp:'))
  return Number(counts.split(' ')[names.split(' ').indexOf('RcvbufErrors')] ?? 0)
}

function writeRandomFile(path, megabytes) {
  const hash = createHash('sha256')
  const block = randomFillSync(Buffer.alloc(MEGABYTE))
  const file = openSync(path, 'w')
  for (let index = 0; index < megabytes; index++) {
    block.writeUInt32BE(index)
    writeSync(file, block)
    hash.update(block)
  }
  closeSync(file)
  return hash.digest('hex')
}
