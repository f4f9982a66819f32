import type { Argv } from 'yargs'
import { FFMPEG_OPTION } from './options/media-options.js'
import { withOptions, withOutputOptions } from './options/options.js'

/** `capabilities`: declared here, done in capabilities-run.ts. */
export function capabilitiesCommand(yargs: Argv) {
  return yargs.command(
    'capabilities',
    'Codecs, sources, limits and programs: what this installation can do',
    (builder) =>
      withOutputOptions(withOptions(builder, 'Media', FFMPEG_OPTION))
        .example('$0 capabilities', 'A table')
        .example('$0 capabilities --json', 'One object with everything'),
    async (args) => (await import('./capabilities-run.js')).runCapabilities(args),
  )
}
