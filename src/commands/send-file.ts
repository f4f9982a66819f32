import type { Argv } from 'yargs'
import { withExpectOptions } from './expect-options.js'
import { STATS_OPTIONS, withOptions, withPeerOptions } from './options.js'

/** `send-file`: declared here, done in send-file-run.ts. */
export function sendFileCommand(yargs: Argv) {
  return yargs.command(
    ['send-file <path>', 'send'],
    'Send a file to the peer in a room',
    (builder) =>
      withExpectOptions(withOptions(withPeerOptions(builder), 'Measuring', STATS_OPTIONS))
        .positional('path', { describe: 'File to send', type: 'string', demandOption: true })
        .example('$0 send-file photo.jpg', 'Print the line to type on the other side')
        .example('$0 send-file disk.img --room lab --json', 'In a script, with a room both know'),
    async (args) => (await import('./transfer-session.js')).runSendFile(args),
  )
}
