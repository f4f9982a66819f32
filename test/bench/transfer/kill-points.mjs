// F7: kill -9 of the receiver at random points of a file; then the same command again. The final name never has wrong
// content, the second run finishes, and what is sent twice is what was in flight. One JSON object; exit 1 otherwise.
//   node test/bench/transfer/kill-points.mjs [--points 20] [--megabytes 100]
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { start, startServer } from './programs.mjs'

const { values } = parseArgs({
  options: { points: { type: 'string', default: '20' }, megabytes: { type: 'string', default: '100' } },
})
const bytes = Number(values.megabytes) * 1024 * 1024

const directory = await mkdtemp(join(tmpdir(), 'webrtc-cli-bench-'))
const source = join(directory, 'source.bin')
const content = randomBytes(bytes)
await writeFile(source, content)
const server = await startServer()
const results = []
try {
  for (let point = 0; point < Number(values.points); point++) results.push(await killAndResume(point))
} finally {
  server.stop()
  await rm(directory, { recursive: true, force: true })
}
const failures = results.filter(({ ok }) => !ok)
const resumed = results.map(({ resumedBytes }) => resumedBytes)
console.log(
  JSON.stringify({ bench: 'transfer/kill-points', bytes, points: results.length, failures, resumed }),
)
process.exit(failures.length === 0 ? 0 : 1)

async function killAndResume(point) {
  const output = join(directory, `out-${point}`)
  const place = ['--room', `kill-${point}`, '--signal', server.url]
  const receive = () => start(['receive-file', '--yes', '-o', `${output}/`, ...place])
  const killed = receive()
  const sender = start(['send-file', source, ...place])
  await killed.event('transfer-accepted')
  await delay(Math.random() * 2_000)
  killed.child.kill('SIGKILL')
  sender.child.kill('SIGINT')
  await Promise.all([killed.ended, sender.ended])
  const path = join(output, 'source.bin')
  const wrongName = existsSync(path) && !(await readFile(path)).equals(content)
  const again = receive()
  const repeated = start(['send-file', source, ...place])
  const [received, sent] = await Promise.all([again.ended, repeated.ended])
  const isRight = existsSync(path) && (await readFile(path)).equals(content)
  await rm(output, { recursive: true, force: true })
  const complete = received.events.find(({ event }) => event === 'transfer-complete')
  const ok = !wrongName && isRight && received.code === 0 && sent.code === 0
  return {
    point,
    ok,
    wrongName,
    isRight,
    codes: [received.code, sent.code],
    resumedBytes: complete?.resumedBytes ?? 0,
  }
}
