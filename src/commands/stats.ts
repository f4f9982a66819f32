import type { Argv } from 'yargs'
import { withExpectOptions } from './options/expect-options.js'
import { statsIntervalOf } from './options/option-values.js'
import { MEDIA_OPTIONS } from './options/media-options.js'
import { PICTURE_OPTIONS } from './options/picture-options.js'
import { SENDING_OPTIONS } from './options/sending-options.js'
import { STATS_DETAIL_OPTIONS } from './options/stats-options.js'
import { RUN_GROUP, DURATION_OPTION, value, withOptions, withPeerOptions } from './options/options.js'

export const INTERVAL_OPTION = {
  interval: value('Between two prints, 1s by default', statsIntervalOf('--interval')),
}

/** `stats`: declared here, done in stats-run.ts. */
export function statsCommand(yargs: Argv) {
  return yargs.command(
    'stats',
    'Print getStats and the candidate pair, as a peer or of two peers in this process',
    (builder) =>
      withOptions(
        withExpectOptions(
          withOptions(
            withOptions(withPeerOptions(builder), 'Media', {
              ...MEDIA_OPTIONS,
              ...PICTURE_OPTIONS,
              ...SENDING_OPTIONS,
            }),
            'Measuring',
            { ...INTERVAL_OPTION, ...STATS_DETAIL_OPTIONS },
          ),
        ),
        RUN_GROUP,
        DURATION_OPTION,
      )
        .example('$0 stats --duration 5s', 'Two peers in this process, with data, video and audio')
        .example('$0 stats --room tea --json', 'Join the peer in a room and print events'),
    async (args) => (await import('./stats-run.js')).runStats(args),
  )
}
