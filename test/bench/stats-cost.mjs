// What statistics every 500 ms cost: CPU time of a call with audio, video and data (both peers in one process) with a
// sample every 500 ms and with none, alternating, as a share of one core. Linux: reads /proc.
// node test/bench/stats-cost.mjs [RUNS] [SECONDS]
import { setTimeout as delay } from 'node:timers/promises'
import { median } from './median.mjs'
import { cpuSeconds, withCall } from './support/call.mjs'

const RUNS = Number(process.argv[2] ?? 5)
const SECONDS = Number(process.argv[3] ?? 20)
/** The estimate of the bandwidth and the jitter buffers settle first. */
const WARM_UP_MS = 4_000

/** Cores used over the measured time. */
function measure(interval) {
  return withCall(['--interval', interval], async (pid) => {
    await delay(WARM_UP_MS)
    const before = cpuSeconds(pid)
    const startedMs = performance.now()
    await delay(SECONDS * 1000)
    return ((cpuSeconds(pid) - before) * 1000) / (performance.now() - startedMs)
  })
}

const cores = { none: [], every500ms: [] }
for (let run = 0; run < RUNS; run++) {
  // Longer than the run: only the baseline is taken.
  cores.none.push(await measure('1h'))
  cores.every500ms.push(await measure('500ms'))
}
const costs = cores.every500ms.map((value, index) => value - cores.none[index])
const cost = median(costs)
console.log(
  JSON.stringify({
    bench: 'stats-cost',
    runs: RUNS,
    seconds: SECONDS,
    coresWithout: median(cores.none),
    coresWith: median(cores.every500ms),
    cost,
    costs,
    ok: cost < 0.02,
  }),
)
