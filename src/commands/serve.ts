import type { Argv } from 'yargs'
import { integerOf } from './options/option-values.js'
import {
  RUN_GROUP,
  TIME_OPTIONS,
  textOption,
  value,
  values,
  withOptions,
  withOutputOptions,
} from './options/options.js'

export const SERVE_OPTIONS = {
  host: textOption('Address to listen on, 127.0.0.1 by default', '--host'),
  port: value('Port, 8787 by default; 0 takes a free one', integerOf('--port', 0, 65_535)),
  'max-peers': value('Peers in a room, 2 by default', integerOf('--max-peers', 2, 64)),
  'allow-origin': values('Let pages of this origin connect; * for all'),
  token: textOption('Ask clients for this token', '--token'),
}

/** `serve`: declared here, done in serve-run.ts. */
export function serveCommand(yargs: Argv) {
  return yargs.command(
    'serve',
    'Run the signaling server',
    (builder) =>
      withOutputOptions(
        withOptions(withOptions(builder, 'Server', SERVE_OPTIONS), RUN_GROUP, {
          timeout: TIME_OPTIONS.timeout,
        }),
      )
        .example('$0 serve', 'For peers on this machine')
        .example('$0 serve --host 0.0.0.0 --port 9000', 'For peers on the network'),
    async (args) => (await import('./serve-run.js')).runServe(args),
  )
}
