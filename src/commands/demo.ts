import type { Argv } from 'yargs'
import { RUN_GROUP, TIME_OPTIONS, withOptions, withOutputOptions } from './options/options.js'

/** `demo`: declared here, done in demo-run.ts. */
export function demoCommand(yargs: Argv) {
  return yargs.command(
    'demo',
    'Show the whole main job on this machine: server, two peers, chat, a file, tracks, statistics',
    (builder) =>
      withOutputOptions(withOptions(builder, RUN_GROUP, { timeout: TIME_OPTIONS.timeout }))
        .example('$0 demo', 'Takes about ten seconds and checks every result')
        .example('$0 demo --json', 'The same for a script; exit 0 only if all held'),
    async (args) => (await import('./demo-run.js')).runDemo(args),
  )
}
