import type { Argv } from 'yargs'
import { withMediaRecipes } from './media/media-recipes.js'
import { withPeerSessionOptions } from './options/peer-session-options.js'

/** `offer`: declared here, done in peer-session.ts. */
export function offerCommand(yargs: Argv) {
  return yargs.command(
    'offer',
    'Meet a peer in a room and make the offer: chat, tracks, statistics',
    (builder) =>
      withMediaRecipes(withPeerSessionOptions(builder))
        .example('$0 offer --room tea', 'Chat; the other side runs answer --room tea')
        .example('$0 offer --room tea --video bars --stats', 'Send video and watch the figures'),
    async (args) => (await import('./session/peer-session.js')).runPeerSession(args, 'offerer'),
  )
}
