// F17: the peak of memory of both processes while a sparse file of 10 GiB goes over, as it is and compressed. One JSON
// object; exit 1 where either has 200 MB or more.
//   node test/bench/transfer/memory.mjs [--gigabytes 10] [--compress never,auto]
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { memoryOf, start, startServer } from './programs.mjs'

const { values } = parseArgs({
  options: {
    gigabytes: { type: 'string', default: '10' },
    compress: { type: 'string', default: 'never,auto' },
  },
})
const bytes = Number(values.gigabytes) * 1024 ** 3
const ALLOWED_BYTES = 200e6

const directory = mkdtempSync(join(tmpdir(), 'webrtc-cli-bench-'))
const source = join(directory, 'sparse')
writeFileSync(source, '')
truncateSync(source, bytes)
const server = await startServer()
const runs = []
try {
  for (const compress of values.compress.split(',')) runs.push(await send(compress))
} finally {
  server.stop()
  rmSync(directory, { recursive: true, force: true })
}
console.log(JSON.stringify({ bench: 'transfer/memory', bytes, runs }))
const isBounded = ({ peakBytes, codes }) =>
  Math.max(...Object.values(peakBytes)) < ALLOWED_BYTES && codes.every((code) => code === 0)
process.exit(runs.every(isBounded) ? 0 : 1)

async function send(compress) {
  const output = join(directory, 'received')
  const place = ['--room', `memory-${compress}`, '--signal', server.url]
  const receiver = start(['receive-file', '--yes', '-o', output, ...place])
  const sender = start(['send-file', source, '--compress', compress, ...place])
  const peakBytes = { sender: 0, receiver: 0 }
  const looking = setInterval(() => {
    peakBytes.sender = Math.max(peakBytes.sender, memoryOf(sender.child).peakBytes)
    peakBytes.receiver = Math.max(peakBytes.receiver, memoryOf(receiver.child).peakBytes)
  }, 100)
  const [sent, received] = await Promise.all([sender.ended, receiver.ended])
  clearInterval(looking)
  const complete = received.events.find(({ event }) => event === 'transfer-complete')
  const arrivedBytes = statSync(output).size
  rmSync(output)
  return {
    compress,
    codes: [sent.code, received.code],
    arrivedBytes,
    bytesPerSecond: complete?.bytesPerSecond ?? null,
    peakBytes,
  }
}
