import { rejectUnwritablePlace } from '../adapters/files/writable-place.js'
import { PeerError } from '../errors.js'
import { askYesNo } from '../terminal/ask.js'
import { formatBytes, formatCount } from '../terminal/format.js'
import { hasContent } from '../transfer/manifest.js'
import type { IncomingFiles } from '../transfer/receive-offer.js'
import { createTransferChannels } from '../transfer/transfer-channels.js'
import { runMeasured } from './outputs/expectations.js'
import { goodbye, openTransfer, rejectTap, type TransferArgs } from './session/open-transfer.js'
import { receiveInto } from './session/receive-into.js'
import { STANDARD_STREAM, type ReceiveArgs } from './options/transfer-options.js'

type ReceiveFileArgs = TransferArgs & ReceiveArgs & { code?: string | undefined }

/** `receive-file`: asks, writes, verifies, publishes. */
export async function runReceiveFile(args: ReceiveFileArgs): Promise<void> {
  const dataOnStdout = args.output === STANDARD_STREAM
  await runMeasured(
    args,
    async (context) => {
      const room = args.code ?? args.room
      if (room === undefined) throw codeMissing()
      if (!args.yes && !process.stdin.isTTY) throw yesMissing()
      if (dataOnStdout) rejectTap(args, '-o -')
      else if (args.output !== undefined) await rejectUnwritablePlace(args.output)
      const options = {
        verb: 'receive-file',
        peerVerb: 'send-file',
        createChannels: createTransferChannels,
      } as const
      await using transfer = await openTransfer({ ...args, room }, { role: 'answerer', ...options }, context)
      const { channels, peer, signal } = transfer
      context.waitingFor('the sender')
      const summary = await receiveInto(channels, args, {
        accept: (incoming, { signal: asking }) => (args.yes ? Promise.resolve(true) : ask(incoming, asking)),
        connection: peer.connection,
        signal,
        onEvent: context.report,
      })
      await goodbye(peer.session, context)
      context.report(summary)
    },
    { dataOnStdout },
  )
}

function ask({ entries, bytes }: IncomingFiles, signal: AbortSignal | undefined): Promise<boolean> {
  const files = entries.filter(hasContent)
  const what = files.length === 1 ? (files[0]?.path ?? '') : formatCount(files.length, 'file')
  const size = bytes === null ? 'a stream of unknown length' : formatBytes(bytes)
  const question = `Receive ${what} (${size})?`
  return askYesNo(question, { input: process.stdin, output: process.stderr, flag: '--yes', signal })
}

function codeMissing(): PeerError {
  return new PeerError(
    'USAGE',
    'The code is missing: receive-file needs what send-file printed, or --room NAME.',
    {
      hint: 'webrtc-cli receive-file CODE',
    },
  )
}

function yesMissing(): PeerError {
  return new PeerError(
    'USAGE',
    'Nobody can be asked whether the file is wanted: standard input is no terminal.',
    {
      hint: 'Add --yes to accept without asking.',
    },
  )
}
