import type { Argv } from 'yargs'
import { flag, withOptions, withOutputOptions } from './options/options.js'

export const SDP_OPTIONS = {
  lint: flag('Only what breaks a rule; exit 1 on an error'),
  diff: flag('What two descriptions mean differently; exit 1 when they do'),
}

/** `sdp`: declared here, done in sdp-run.ts. */
export function sdpCommand(yargs: Argv) {
  return yargs.command(
    'sdp [file..]',
    'Explain, lint and compare session descriptions',
    (builder) =>
      withOutputOptions(withOptions(builder, 'Description', SDP_OPTIONS))
        // Otherwise yargs drops a `-` among several values; unknown options are refused in sdp-run.ts instead.
        .parserConfiguration({ 'boolean-negation': false, 'unknown-options-as-args': true })
        .positional('file', {
          describe: 'SDP, JSON with type and sdp, a dump, or its DUMP#NUMBER; stdin when missing or -',
          type: 'string',
          array: true,
        })
        .example('$0 sdp offer.sdp', 'What it says, and what is wrong with it')
        .example('$0 sdp call.jsonl', 'The descriptions of a dump; call.jsonl#2 explains one')
        .example('$0 sdp --diff before.sdp after.sdp', 'What changed in meaning'),
    async (args) => (await import('./sdp-run.js')).runSdp(args),
  )
}
