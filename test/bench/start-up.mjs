// How long `--help` takes beside the bare runtime: alternating runs, medians, the ratio is the figure.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median } from './median.mjs'

const BIN = fileURLToPath(new URL('../../bin/webrtc-cli.js', import.meta.url))
const RUNS = Number(process.argv[2] ?? 10)

const COMMANDS = {
  bare: ['-e', '0'],
  help: [BIN, '--help'],
  offerHelp: [BIN, 'offer', '--help'],
}

const times = Object.fromEntries(Object.keys(COMMANDS).map((name) => [name, []]))
for (let run = 0; run <= RUNS; run++) {
  for (const [name, args] of Object.entries(COMMANDS)) {
    const startedMs = performance.now()
    spawnSync(process.execPath, args, { stdio: 'ignore' })
    // The first round warms the disk cache.
    if (run > 0) times[name].push(performance.now() - startedMs)
  }
}
const medians = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]))
console.log(
  JSON.stringify({
    bench: 'start-up',
    runs: RUNS,
    medianMs: medians,
    helpRatio: medians.help / medians.bare,
    offerHelpRatio: medians.offerHelp / medians.bare,
  }),
)
