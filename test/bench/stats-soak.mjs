// Whether a long watch stays in its memory: the slope of the resident memory of a call with audio, video and data that is
// sampled at the interval, into a table too.
// node test/bench/stats-soak.mjs [MINUTES] [INTERVAL]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { residentBytes, withCall } from './support/call.mjs'

const MINUTES = Number(process.argv[2] ?? 5)
const INTERVAL = process.argv[3] ?? '1s'
const READ_EVERY_MS = 2_000
/** Buffers fill and code is compiled first. */
const WARM_UP_SHARE = 0.3
/** V8 lets its young generation grow by some 25 MB over the first thousands of samples, which would look like a leak. */
const NODE_ARGS = ['--max-semi-space-size=1']
const MAX_BYTES_PER_HOUR = 10 * 2 ** 20

const directory = mkdtempSync(join(tmpdir(), 'stats-soak-'))
try {
  const csv = join(directory, 'stats.csv')
  const marks = await withCall(['--interval', INTERVAL, '--csv', csv], readMemory, { nodeArgs: NODE_ARGS })
  const settled = marks.slice(Math.floor(marks.length * WARM_UP_SHARE))
  const bytesPerHour = slope(settled)
  console.log(
    JSON.stringify({
      bench: 'stats-soak',
      minutes: MINUTES,
      interval: INTERVAL,
      firstBytes: settled[0].bytes,
      lastBytes: settled.at(-1).bytes,
      bytesPerHour,
      ok: bytesPerHour <= MAX_BYTES_PER_HOUR,
    }),
  )
} finally {
  rmSync(directory, { recursive: true, force: true })
}

async function readMemory(pid) {
  const marks = []
  const startedMs = performance.now()
  for (let hours = 0; hours < MINUTES / 60;) {
    await delay(READ_EVERY_MS)
    hours = (performance.now() - startedMs) / 3_600_000
    marks.push({ hours, bytes: residentBytes(pid) })
  }
  return marks
}

/** Least squares. */
function slope(points) {
  const mean = (values) => values.reduce((total, value) => total + value, 0) / values.length
  const hours = mean(points.map((point) => point.hours))
  const bytes = mean(points.map((point) => point.bytes))
  const covariance = mean(points.map((point) => (point.hours - hours) * (point.bytes - bytes)))
  return covariance / mean(points.map((point) => (point.hours - hours) ** 2))
}
