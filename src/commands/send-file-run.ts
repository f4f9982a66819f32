import { openSourceTree } from '../adapters/files/source-tree.js'
import { openStdinSource } from '../adapters/files/stdin-source.js'
import { openTextSource } from '../adapters/files/text-source.js'
import { PeerError } from '../errors.js'
import type { SourceTree } from '../transfer/ports.js'
import { createTransferChannels } from '../transfer/transfer-channels.js'
import { runMeasured, type MeasuredContext } from './outputs/expectations.js'
import { openTransfer, type TransferArgs } from './session/open-transfer.js'
import { sendFrom } from './session/send-from.js'
import { STANDARD_STREAM, type SendArgs } from './options/transfer-options.js'

type SendFileArgs = TransferArgs & SendArgs & { paths?: string[] | undefined }

/** What a stream is called where the receiver saves it. */
const STREAM_NAME = 'stdin'

/** `send-file`: a bad path costs no connection; success is the receiver's word. */
export async function runSendFile(args: SendFileArgs): Promise<void> {
  await runMeasured(args, async (context) => {
    context.waitingFor('the list of what is to be sent')
    await using source = await openSource(args, context)
    const options = {
      verb: 'send-file',
      peerVerb: 'receive-file',
      createChannels: createTransferChannels,
    } as const
    await using transfer = await openTransfer(args, { role: 'offerer', ...options }, context)
    const { channels, peer, signal } = transfer
    context.waitingFor('the receiver')
    const { compress, associations } = args
    const { connection } = peer
    const sending = { compress, associations, connection, signal, onEvent: context.report }
    const summary = await sendFrom(source, channels, sending)
    await peer.session.leave('sent')
    context.report(summary)
  })
}

async function openSource(args: SendFileArgs, { report }: MeasuredContext): Promise<SourceTree> {
  const { paths = [], text, name, exclude, symlinks } = args
  rejectUnclear(args)
  if (text !== undefined) return openTextSource(text)
  if (paths.includes(STANDARD_STREAM)) return openStdinSource(process.stdin, name ?? STREAM_NAME)
  return openSourceTree(paths, {
    exclude,
    symlinks,
    onSkipped: (path, why) =>
      report({ event: 'warning', code: 'NOT_SENT', message: `${path} is left out: ${why}.`, hint: null }),
  })
}

/** One of files, a text and standard input is sent; throws USAGE for anything else. */
function rejectUnclear({ paths = [], text, name }: SendFileArgs): void {
  const unknown = paths.find((path) => path.startsWith('-') && path !== STANDARD_STREAM)
  const isStream = paths.includes(STANDARD_STREAM)
  if (unknown !== undefined) {
    throw new PeerError('USAGE', `There is no option ${unknown}.`, {
      hint: 'See webrtc-cli send-file --help --all; a file of that name is ./-NAME.',
    })
  }
  if (paths.length === 0 && text === undefined) {
    throw new PeerError('USAGE', 'What to send is missing: name files, directories, or - for standard input.')
  }
  if (text !== undefined && paths.length > 0) {
    throw new PeerError('USAGE', '--text is sent alone, not with files.')
  }
  if (isStream && paths.length > 1) {
    throw new PeerError('USAGE', 'Standard input (-) is sent alone, not with files.')
  }
  if (name !== undefined && !isStream) {
    throw new PeerError('USAGE', '--name names what comes from standard input (-).')
  }
}
