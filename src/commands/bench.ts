import type { Argv } from 'yargs'
import { BENCH_CHANNEL_OPTIONS, BENCH_OPTIONS } from './options/bench-options.js'
import { withExpectOptions } from './options/expect-options.js'
import { withOptions, withPeerOptions } from './options/options.js'

/** `bench`: declared here, done in bench-run.ts. */
export function benchCommand(yargs: Argv) {
  return yargs.command(
    'bench',
    'Measure data channels: throughput, round trips, loss, reordering',
    (builder) =>
      withExpectOptions(
        withOptions(
          withOptions(withPeerOptions(builder), 'Bench', BENCH_OPTIONS),
          'Data channel',
          BENCH_CHANNEL_OPTIONS,
        ),
      )
        .example('$0 bench', 'Two peers in this process')
        .example(
          "$0 bench --room lab --expect 'bench.throughput > 5MB/s'",
          'With a peer that runs bench too',
        ),
    async (args) => (await import('./bench-run.js')).runBenchVerb(args),
  )
}
