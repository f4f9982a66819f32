// What statistics every 500 ms cost: CPU time of a call with audio, video and data (both peers in one process) in windows
// in which the statistics run and in windows in which they are held, of the same call, in turn; as a share of one core.
// Exit 1 where it is 2 % or more.
// node test/bench/stats-cost.mjs [SECONDS] [WINDOW_SECONDS]
import { fileURLToPath } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'
import { median } from './median.mjs'
import { withCall } from './support/call.mjs'

const SECONDS = Number(process.argv[2] ?? 320)
const WINDOW_SECONDS = Number(process.argv[3] ?? 4)
/** The estimate of the bandwidth and the jitter buffers settle first. */
const WARM_UP_MS = 10_000
const GATE = fileURLToPath(new URL('support/gate-stats.cjs', import.meta.url))

const windows = []
await withCall(['--interval', '500ms'], () => delay(WARM_UP_MS + SECONDS * 1000), {
  nodeArgs: ['--require', GATE],
  env: { GATE_WINDOW_MS: String(WINDOW_SECONDS * 1000), GATE_WARM_UP_MS: String(WARM_UP_MS) },
  onLine: (line) => windows.push(JSON.parse(line)),
})

// Whole turns of with, without, without, with.
const turns = Math.floor(windows.length / 4)
const costs = Array.from({ length: turns }, (_, turn) => {
  const [first, second, third, fourth] = windows.slice(turn * 4).map(({ cores }) => cores)
  return (first + fourth - second - third) / 2
})
const mean = costs.reduce((total, cost) => total + cost, 0) / turns
const deviation = Math.sqrt(costs.reduce((total, cost) => total + (cost - mean) ** 2, 0) / (turns - 1))
const coresOf = (isWanted) =>
  median(windows.filter(({ withStats }) => withStats === isWanted).map(({ cores }) => cores))
const cost = median(costs)
const ok = cost < 0.02
console.log(
  JSON.stringify({
    bench: 'stats-cost',
    turns,
    windowSeconds: WINDOW_SECONDS,
    reportsASecond: windows[0].reports / WINDOW_SECONDS,
    coresWithout: coresOf(false),
    coresWith: coresOf(true),
    cost,
    mean,
    standardError: deviation / Math.sqrt(turns),
    ok,
  }),
)
process.exitCode = ok ? 0 : 1
