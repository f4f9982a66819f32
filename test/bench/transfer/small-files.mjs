// Many small files: the whole of `send-file` and `receive-file` (start, connection, transfer, sync) against
// `tar c | tar x` of the same tree and a sync of it, alternating; medians, and the peak of memory. One JSON object;
// exit 1 where it takes more than 3 times tar's time plus 2 s.
//   node test/bench/transfer/small-files.mjs [--runs 3] [--files 10000] [--bytes 1024]
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { median } from '../median.mjs'
import { memoryOf, start, startServer } from './programs.mjs'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    files: { type: 'string', default: '10000' },
    bytes: { type: 'string', default: '1024' },
  },
})
const runs = Number(values.runs)
const files = Number(values.files)
const bytes = Number(values.bytes)
const FILES_PER_DIRECTORY = 100

const directory = mkdtempSync(join(tmpdir(), 'webrtc-cli-bench-'))
const tree = join(directory, 'tree')
writeTree()
const server = await startServer()
const measured = { cli: [], tar: [] }
try {
  for (let run = 0; run < runs; run++) {
    measured.tar.push(await copyWithTar())
    measured.cli.push(await sendFiles(run))
    console.error(`${run + 1}/${runs} ${JSON.stringify([measured.tar.at(-1), measured.cli.at(-1)])}`)
  }
} finally {
  server.stop()
  rmSync(directory, { recursive: true, force: true })
}
const cliMs = median(measured.cli.map(({ durationMs }) => durationMs))
const tarMs = median(measured.tar.map(({ durationMs }) => durationMs))
const limitMs = 3 * tarMs + 2_000
console.log(
  JSON.stringify({ bench: 'transfer/small-files', files, bytes, runs, cliMs, tarMs, limitMs, measured }),
)
process.exit(cliMs <= limitMs ? 0 : 1)

async function copyWithTar() {
  const output = join(directory, 'tar')
  mkdirSync(output)
  const startedMs = performance.now()
  const code = await codeOf(
    spawn('sh', ['-c', `tar c -C "${tree}" . | tar x -C "${output}" && sync -f "${output}"`]),
  )
  const durationMs = Math.round(performance.now() - startedMs)
  if (code !== 0) throw new Error(`tar ended with ${code}`)
  rmSync(output, { recursive: true })
  return { durationMs }
}

async function sendFiles(run) {
  const output = join(directory, 'cli')
  const place = ['--room', `small-${run}`, '--signal', server.url]
  const startedMs = performance.now()
  const receiver = start(['receive-file', '--yes', '-o', `${output}/`, ...place])
  const sender = start(['send-file', tree, ...place])
  const peakBytes = { sender: 0, receiver: 0 }
  const looking = setInterval(() => {
    peakBytes.sender = Math.max(peakBytes.sender, memoryOf(sender.child).peakBytes)
    peakBytes.receiver = Math.max(peakBytes.receiver, memoryOf(receiver.child).peakBytes)
  }, 50)
  const [sent, received] = await Promise.all([sender.ended, receiver.ended])
  const durationMs = Math.round(performance.now() - startedMs)
  clearInterval(looking)
  if (sent.code !== 0 || received.code !== 0) throw new Error(`ended with ${sent.code} and ${received.code}`)
  const difference = spawnSync('diff', ['-r', tree, join(output, 'tree')], { encoding: 'utf8' })
  if (difference.status !== 0) throw new Error(`another tree arrived: ${difference.stdout.slice(0, 500)}`)
  rmSync(output, { recursive: true })
  const complete = received.events.find(({ event }) => event === 'transfer-complete')
  return { durationMs, transferMs: complete.durationMs, peakBytes }
}

function codeOf(child) {
  return new Promise((resolve) => {
    child.once('close', resolve)
  })
}

function writeTree() {
  for (let index = 0; index < files; index++) {
    const folder = join(tree, `folder-${Math.floor(index / FILES_PER_DIRECTORY)}`)
    if (index % FILES_PER_DIRECTORY === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `file-${index}.bin`), randomBytes(bytes))
  }
}
