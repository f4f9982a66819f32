import type { Argv } from 'yargs'
import { withOutputOptions } from './options.js'

/** `capabilities`: declared here, done in capabilities-run.ts. */
export function capabilitiesCommand(yargs: Argv) {
  return yargs.command(
    'capabilities',
    'Codecs, sources, limits and programs: what this installation can do',
    (builder) =>
      withOutputOptions(builder)
        .example('$0 capabilities', 'A table')
        .example('$0 capabilities --json', 'One object with everything'),
    async (args) => (await import('./capabilities-run.js')).runCapabilities(args),
  )
}
