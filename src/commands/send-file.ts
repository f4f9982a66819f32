import type { Argv } from 'yargs'
import { withExpectOptions } from './options/expect-options.js'
import { STATS_OPTIONS, withOptions, withPeerOptions } from './options/options.js'
import { SEND_OPTIONS } from './options/transfer-options.js'

/** `send-file`: declared here, done in send-file-run.ts. */
export function sendFileCommand(yargs: Argv) {
  return yargs.command(
    ['send-file [paths..]', 'send'],
    'Send files and directories to the peer in a room',
    (builder) =>
      withExpectOptions(
        withOptions(
          withOptions(withPeerOptions(builder), 'Transfer', SEND_OPTIONS),
          'Measuring',
          STATS_OPTIONS,
        ),
      )
        // Otherwise yargs drops a `-` among several values; unknown options are refused in send-file-run.ts instead.
        .parserConfiguration({ 'boolean-negation': false, 'unknown-options-as-args': true })
        .positional('paths', {
          describe: 'Files and directories, or - for stdin',
          type: 'string',
          array: true,
        })
        .example('$0 send-file photo.jpg', 'Print the line to type on the other side')
        .example('$0 send-file photos/ notes.txt --room lab', 'Files and directories, in a room both know'),
    async (args) => (await import('./send-file-run.js')).runSendFile(args),
  )
}
