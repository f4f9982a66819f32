import type { Argv } from 'yargs'
import { withExpectOptions } from './options/expect-options.js'
import { STATS_OPTIONS, withOptions, withPeerOptions } from './options/options.js'
import { RECEIVE_OPTIONS } from './options/transfer-options.js'

/** `receive-file`: declared here, done in receive-file-run.ts. */
export function receiveFileCommand(yargs: Argv) {
  return yargs.command(
    ['receive-file [code]', 'receive'],
    'Receive files and directories from the peer in a room',
    (builder) =>
      withExpectOptions(
        withOptions(
          withOptions(withPeerOptions(builder), 'Transfer', RECEIVE_OPTIONS),
          'Measuring',
          STATS_OPTIONS,
        ),
      )
        .positional('code', { describe: 'What send-file printed', type: 'string' })
        .example('$0 receive-file --room lab', 'Ask before anything is written')
        .example('$0 receive-file --room lab --yes -o in/', 'Into a directory, without asking'),
    async (args) => (await import('./receive-file-run.js')).runReceiveFile(args),
  )
}
