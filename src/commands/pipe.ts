import type { Argv } from 'yargs'
import { withExpectOptions } from './options/expect-options.js'
import { STATS_OPTIONS, withOptions, withPeerOptions } from './options/options.js'
import { PIPE_OPTIONS } from './options/transfer-options.js'

/** `pipe`: declared here, done in pipe-run.ts. */
export function pipeCommand(yargs: Argv) {
  return yargs.command(
    'pipe [code]',
    'Connect standard input and output with those of the peer',
    (builder) =>
      withExpectOptions(
        withOptions(
          withOptions(withPeerOptions(builder), 'Transfer', PIPE_OPTIONS),
          'Measuring',
          STATS_OPTIONS,
        ),
      )
        .positional('code', { describe: 'What pipe printed on the other side', type: 'string' })
        .example('tar c photos | $0 pipe --room lab', 'To the standard output of the other side')
        .example('$0 pipe --room lab | tar x', 'What comes from there; events go to standard error'),
    async (args) => (await import('./pipe-run.js')).runPipeVerb(args),
  )
}
