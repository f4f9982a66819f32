import type { Argv } from 'yargs'
import { withMediaRecipes } from './media/media-recipes.js'
import { withPeerSessionOptions } from './options/peer-session-options.js'

/** `answer`: declared here, done in peer-session.ts. */
export function answerCommand(yargs: Argv) {
  return yargs.command(
    'answer',
    'Meet a peer in a room and answer its offer',
    (builder) =>
      withMediaRecipes(withPeerSessionOptions(builder))
        .example('$0 answer --room tea', 'Chat with the side that runs offer --room tea')
        .example('$0 answer --room tea --duration 10s --json', 'Stay ten seconds and print events'),
    async (args) => (await import('./session/peer-session.js')).runPeerSession(args, 'answerer'),
  )
}
