import type { Argv } from 'yargs'
import {
  DATA_CHANNEL_OPTIONS,
  DURATION_OPTION,
  MEDIA_OPTIONS,
  STATS_OPTIONS,
  values,
  withOptions,
  withPeerOptions,
} from './options.js'

export const MESSAGE_OPTION = {
  message: values('Send this instead of standard input, then leave; repeatable'),
}

/** Everything `offer` and `answer` take. */
export function withPeerSessionOptions<T>(yargs: Argv<T>) {
  const peer = withPeerOptions(yargs)
  const channel = withOptions(withOptions(peer, 'Chat', MESSAGE_OPTION), 'Data channel', DATA_CHANNEL_OPTIONS)
  return withOptions(
    withOptions(withOptions(channel, 'Media', MEDIA_OPTIONS), 'Measuring', STATS_OPTIONS),
    'Time',
    DURATION_OPTION,
  )
}

/** `offer`: declared here, done in peer-session.ts. */
export function offerCommand(yargs: Argv) {
  return yargs.command(
    'offer',
    'Meet a peer in a room and make the offer: chat, tracks, statistics',
    (builder) =>
      withPeerSessionOptions(builder)
        .example('$0 offer --room tea', 'Chat; the other side runs answer --room tea')
        .example('$0 offer --room tea --video bars --stats 2s', 'Send video and watch the figures'),
    async (args) => (await import('./peer-session.js')).runPeerSession(args, 'offerer'),
  )
}
