// How near `bench` comes to what a link really does: runs it with --impair and compares the loss it finds, each way, with
// what the link counted, and the round trip with twice the delay.
// node test/bench/bench-loss.mjs [RUNS] [DELAY_MS] [LOSS_PERCENT]
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median } from './median.mjs'

const BIN = fileURLToPath(new URL('../../bin/webrtc-cli.js', import.meta.url))
const RUNS = Number(process.argv[2] ?? 3)
const DELAY_MS = Number(process.argv[3] ?? 50)
const LOSS_PERCENT = Number(process.argv[4] ?? 1)
const MAX_OFF_POINTS = 0.3
const MAX_OFF_MS = 5

const runs = Array.from({ length: RUNS }, (_, index) => measure(index + 1))
const offs = runs.flatMap(({ up, down }) => [up.off, down.off])
console.log(
  JSON.stringify({
    bench: 'bench-loss',
    impair: { delayMs: DELAY_MS, lossPercent: LOSS_PERCENT },
    runs,
    medianRoundTripMs: median(runs.map(({ roundTripMs }) => roundTripMs)),
    worstOffPoints: Math.max(...offs),
    ok:
      offs.every((off) => off <= MAX_OFF_POINTS) &&
      runs.every(({ baseMs, roundTripMs }) => Math.abs(roundTripMs - 2 * DELAY_MS - baseMs) <= MAX_OFF_MS),
  }),
)

/** Each seed loses other packets. */
function measure(seed) {
  const base = bench(['--loss-time', '100ms'])
  const events = bench(['--impair', `delay=${DELAY_MS}ms,loss=${LOSS_PERCENT}%,seed=${seed}`])
  const link = events.find(({ event }) => event === 'impairment')
  const direction = (name, counts) => {
    const { lossRatio, lossMargin, messages } = resultOf(events, (result) => result.direction === name)
    const linkPercent = (100 * counts.lost) / counts.packets
    const percent = 100 * lossRatio
    return { messages, percent, margin: 100 * lossMargin, linkPercent, off: Math.abs(percent - linkPercent) }
  }
  return {
    seed,
    baseMs: roundTripMs(base),
    roundTripMs: roundTripMs(events),
    up: direction('up', link.outgoing),
    down: direction('down', link.incoming),
  }
}

function bench(args) {
  const all = [BIN, 'bench', '--json', '--direction', 'up', '--duration', '100ms', ...args]
  const { stdout, status } = spawnSync(process.execPath, all, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`bench ended with ${status}`)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

function roundTripMs(events) {
  return resultOf(events, ({ measure: what }) => what === 'rtt').roundTripTimeMs.p50
}

function resultOf(events, isWanted) {
  return events.map(({ result }) => result).find((result) => result && isWanted(result))
}
