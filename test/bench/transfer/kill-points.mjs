// F7: kill -9 of the receiver, of the sender, and of both, at random moments from the list of files to the last word; then
// the same commands again. The final name never has wrong content, the second run finishes, and what is sent twice is at
// most 2 MiB and what was in flight. One JSON object; exit 1 otherwise.
//   node test/bench/transfer/kill-points.mjs [--points 20] [--megabytes 100]
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { start as startProgram, startServer } from './programs.mjs'

const { values } = parseArgs({
  options: { points: { type: 'string', default: '20' }, megabytes: { type: 'string', default: '100' } },
})
const bytes = Number(values.megabytes) * 1024 * 1024

const VICTIMS = [['receiver'], ['sender'], ['receiver', 'sender']]

/** What may be sent twice, beside what one association after the other has in flight. */
const ALLOWED_BYTES = 2 * 1024 * 1024
const WINDOW_BYTES = 1024 * 1024

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
const resent = results.map(({ resentBytes }) => resentBytes)
const ended = results.filter(({ isEnded }) => isEnded).length
console.log(
  JSON.stringify({ bench: 'transfer/kill-points', bytes, points: results.length, ended, failures, resent }),
)
process.exit(failures.length === 0 ? 0 : 1)

async function killAndResume(point) {
  const output = join(directory, `out-${point}`)
  const place = ['--room', `kill-${point}`, '--signal', server.url]
  const start = () => ({
    receiver: startProgram(['receive-file', '--yes', '-o', `${output}/`, ...place]),
    sender: startProgram(['send-file', source, ...place]),
  })
  const victims = VICTIMS[point % VICTIMS.length]
  const first = start()
  await first.receiver.event('transfer-offer')
  // A transfer takes about 3 s; a third of the points are where its first tenth and its last words are.
  await delay(point % 3 === 0 ? Math.random() * 300 : Math.random() * 3_500)
  for (const victim of victims) first[victim].child.kill('SIGKILL')
  await Promise.all([first.receiver.ended, first.sender.ended])
  const path = join(output, 'source.bin')
  const isThere = existsSync(path)
  const wrongName = isThere && !(await readFile(path)).equals(content)
  const keptBytes = await partBytes(output)
  const second = start()
  const [received, sent] = await Promise.all([second.receiver.ended, second.sender.ended])
  const isRight = existsSync(path) && (await readFile(path)).equals(content)
  await rm(output, { recursive: true, force: true })
  const complete = received.events.find(({ event }) => event === 'transfer-complete')
  const resentBytes = keptBytes === 0 ? 0 : keptBytes + (complete?.bytesTransferred ?? bytes) - bytes
  const isBounded = resentBytes <= ALLOWED_BYTES + WINDOW_BYTES * (complete?.associations ?? 1)
  const ok = !wrongName && isRight && isBounded && received.code === 0 && sent.code === 0
  const result = { point, victims, ok, isEnded: isThere, wrongName, isRight, keptBytes, resentBytes }
  console.error(JSON.stringify(result))
  return { ...result, codes: [received.code, sent.code] }
}

/** What the partial file really holds: chunks come in any order, so that its length says less. */
async function partBytes(output) {
  const names = await readdir(output).catch(() => [])
  const part = names.find((name) => name.endsWith('.part'))
  return part === undefined ? 0 : Math.min((await stat(join(output, part))).blocks * 512, bytes)
}
