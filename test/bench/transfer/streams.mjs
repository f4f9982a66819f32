// Streams: how fast `send-file -` to `receive-file -o -` is and what it costs in memory, and whether memory stays where
// it is while the reader does not read. One JSON object.
//   node test/bench/transfer/streams.mjs [--megabytes 1024] [--pause 10]
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { memoryOf, start, startServer } from './programs.mjs'

const { values } = parseArgs({
  options: { megabytes: { type: 'string', default: '1024' }, pause: { type: 'string', default: '10' } },
})
const megabytes = Number(values.megabytes)
const pauseMs = Number(values.pause) * 1000

const server = await startServer()
try {
  const yes = await throughput(`yes | head -c ${megabytes}M`)
  const tree = await throughput('tar c node_modules')
  const stalled = await stall()
  console.log(JSON.stringify({ bench: 'transfer/streams', megabytes, yes, tree, stalled }))
} finally {
  server.stop()
}

/** One whole stream; both ends and both hashes. */
async function throughput(script) {
  const { producer, sender, receiver } = startStream(script, 'throughput')
  const hash = createHash('sha256')
  const peaks = { sender: 0, receiver: 0 }
  const looking = setInterval(() => {
    peaks.sender = Math.max(peaks.sender, memoryOf(sender.child).peakBytes)
    peaks.receiver = Math.max(peaks.receiver, memoryOf(receiver.child).peakBytes)
  }, 100)
  for await (const chunk of receiver.child.stdout) hash.update(chunk)
  const [sent, received] = await Promise.all([sender.ended, receiver.ended])
  clearInterval(looking)
  producer.kill()
  const { bytes, bytesPerSecond, files } = sent.events.find(({ event }) => event === 'transfer-complete')
  const isRight = files[0].sha256 === hash.digest('hex')
  return { codes: [sent.code, received.code], isRight, bytes, bytesPerSecond, peaks }
}

/** A reader that stops reading: what is in memory before and after the pause, and that the rest comes then. */
async function stall() {
  const { producer, sender, receiver } = startStream(`yes | head -c ${Math.min(megabytes, 200)}M`, 'stall')
  const { stdout } = receiver.child
  stdout.pause()
  await receiver.event('transfer-progress')
  await delay(2_000)
  const before = { sender: memoryOf(sender.child).bytes, receiver: memoryOf(receiver.child).bytes }
  await delay(pauseMs)
  const after = { sender: memoryOf(sender.child).bytes, receiver: memoryOf(receiver.child).bytes }
  stdout.resume()
  const [sent, received] = await Promise.all([sender.ended, receiver.ended])
  producer.kill()
  return { pauseMs, before, after, codes: [sent.code, received.code] }
}

function startStream(script, room) {
  const place = ['--room', room, '--signal', server.url]
  const producer = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const receiver = start(['receive-file', '--yes', '-o', '-', ...place], { events: 'stderr' })
  const sender = start(['send-file', '-', ...place], { stdin: producer.stdout })
  return { producer, sender, receiver }
}
