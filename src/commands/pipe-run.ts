import { createDeflate } from '../adapters/files/deflate.js'
import { createSha256 } from '../adapters/files/sha256.js'
import { openStdinSource } from '../adapters/files/stdin-source.js'
import { openStdoutTarget } from '../adapters/files/stdout-target.js'
import type { PeerEvent } from '../events.js'
import { createPipeChannels, runPipe } from '../pipe/pipe.js'
import { runMeasured } from './outputs/expectations.js'
import { openTransfer, rejectTap, type TransferArgs } from './session/open-transfer.js'
import type { SendArgs } from './options/transfer-options.js'

type PipeArgs = TransferArgs & Pick<SendArgs, 'associations' | 'compress'> & { code?: string | undefined }

/** What people see of a stream that is theirs already: its end, not its course. */
const UNSEEN = new Set<PeerEvent['event']>(['transfer-offer', 'transfer-accepted', 'transfer-progress'])

/** `pipe`: standard input to the peer, the peer's to standard output, until both have ended and were verified. */
export async function runPipeVerb(args: PipeArgs): Promise<void> {
  await runMeasured(
    args,
    async (context) => {
      rejectTap(args, 'pipe')
      const room = args.code ?? args.room
      // The one that types the code answers; two in a room both know settle it between them.
      const role = args.code === undefined ? 'offerer' : 'answerer'
      const options = { verb: 'pipe', peerVerb: 'pipe', createChannels: createPipeChannels } as const
      await using transfer = await openTransfer({ ...args, room }, { role, ...options }, context)
      const { channels, peer, signal } = transfer
      context.waitingFor('both streams to end')
      const source = openStdinSource(process.stdin, 'stdin')
      const { sent, received } = await runPipe(channels, source, openStdoutTarget(process.stdout), {
        initiator: peer.session.initiator,
        createHash: createSha256,
        codec: createDeflate(),
        compress: args.compress,
        associations: args.associations ?? 'auto',
        connection: peer.connection,
        signal,
        onEvent: (event) => {
          if (args.json || !UNSEEN.has(event.event)) context.report(event)
        },
      })
      await peer.session.leave('both streams have ended')
      context.report(sent)
      context.report(received)
    },
    { dataOnStdout: true },
  )
}
