// Whether a long watch stays in its memory: the slope of the resident memory of a call with audio, video and data that is
// sampled at the interval, into a table too, after a warm-up of which only the growth is told. Exit 1 above 10 MB an hour.
// node test/bench/stats-soak.mjs [MINUTES] [INTERVAL] [WARM_UP_MINUTES]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { residentBytes, withCall } from './support/call.mjs'

const MINUTES = Number(process.argv[2] ?? 5)
const INTERVAL = process.argv[3] ?? '1s'
/**
 * The pools of the stack for pictures and packets fill first, and code is compiled: with pictures of this size that takes
 * about two minutes, with statistics and without; with those of 640x480 about six.
 */
const WARM_UP_MINUTES = Number(process.argv[4] ?? 3)
const SMALL = ['--width', '160', '--height', '120', '--frame-rate', '10']
const READ_EVERY_MS = 500
/** Of so long the least counts: what is above it waits for the next collection of garbage. */
const WINDOW_MS = 15_000
/**
 * V8 lets its young generation grow by some 25 MB over the first thousands of samples, which would look like a leak; with a
 * small one what is short-lived is promoted, and collected so rarely that it looks like one too. So it has one size.
 */
const NODE_ARGS = ['--min-semi-space-size=8', '--max-semi-space-size=8']
const MAX_BYTES_PER_HOUR = 10 * 2 ** 20

const directory = mkdtempSync(join(tmpdir(), 'stats-soak-'))
try {
  const csv = join(directory, 'stats.csv')
  const marks = await withCall(['--interval', INTERVAL, '--csv', csv, ...SMALL], readMemory, {
    nodeArgs: NODE_ARGS,
  })
  const windows = leastOfWindows(marks)
  const settled = windows.filter(({ hours }) => hours * 60 >= WARM_UP_MINUTES)
  const bytesPerHour = slope(settled)
  const ok = bytesPerHour <= MAX_BYTES_PER_HOUR
  console.log(
    JSON.stringify({
      bench: 'stats-soak',
      minutes: MINUTES,
      interval: INTERVAL,
      warmUp: { minutes: WARM_UP_MINUTES, firstBytes: windows[0].bytes, lastBytes: settled[0].bytes },
      firstBytes: settled[0].bytes,
      lastBytes: settled.at(-1).bytes,
      bytesEachMinute: leastOfWindows(marks, 60_000).map(({ bytes }) => bytes),
      bytesPerHour,
      ok,
    }),
  )
  process.exitCode = ok ? 0 : 1
} finally {
  rmSync(directory, { recursive: true, force: true })
}

async function readMemory(pid) {
  const marks = []
  const startedMs = performance.now()
  for (let hours = 0; hours < (WARM_UP_MINUTES + MINUTES) / 60;) {
    await delay(READ_EVERY_MS)
    hours = (performance.now() - startedMs) / 3_600_000
    marks.push({ hours, bytes: residentBytes(pid) })
  }
  return marks
}

function leastOfWindows(marks, windowMs = WINDOW_MS) {
  const least = new Map()
  for (const mark of marks) {
    const window = Math.floor((mark.hours * 3_600_000) / windowMs)
    if (!(least.get(window)?.bytes <= mark.bytes)) least.set(window, mark)
  }
  return [...least.values()]
}

/** Least squares. */
function slope(points) {
  const mean = (values) => values.reduce((total, value) => total + value, 0) / values.length
  const hours = mean(points.map((point) => point.hours))
  const bytes = mean(points.map((point) => point.bytes))
  const covariance = mean(points.map((point) => (point.hours - hours) * (point.bytes - bytes)))
  return covariance / mean(points.map((point) => (point.hours - hours) ** 2))
}
