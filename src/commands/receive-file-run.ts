import { DEFLATE } from '../adapters/files/deflate.js'
import { createSha256 } from '../adapters/files/sha256.js'
import { openStdoutTarget } from '../adapters/files/stdout-target.js'
import { openTextTarget } from '../adapters/files/text-target.js'
import { openTargetTree, type DirectoryTree } from '../adapters/files/target-tree.js'
import { syncFileSystem } from '../adapters/system/sync-file-system.js'
import { PeerError } from '../errors.js'
import { askYesNo } from '../terminal/ask.js'
import { formatBytes, formatCount } from '../terminal/format.js'
import { DEFAULT_MANIFEST_LIMITS, hasContent } from '../transfer/manifest.js'
import type { TargetTree } from '../transfer/ports.js'
import type { IncomingFiles } from '../transfer/receive-offer.js'
import { receiveTransfer } from '../transfer/receive-transfer.js'
import { createTransferChannels } from '../transfer/transfer-channels.js'
import { runMeasured, type MeasuredContext } from './expectations.js'
import { goodbye, openTransfer, rejectTap, type TransferArgs } from './open-transfer.js'
import { STANDARD_STREAM, type ReceiveArgs } from './transfer-options.js'

/** Of partial files that are left; the others are beside them. */
const MAX_NAMED_PARTS = 3

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
      const options = {
        verb: 'receive-file',
        peerVerb: 'send-file',
        createChannels: createTransferChannels,
      } as const
      await using transfer = await openTransfer({ ...args, room }, { role: 'answerer', ...options }, context)
      const { channels, peer, signal } = transfer
      context.waitingFor('the sender')
      const { target, files } = openTarget(args, context)
      const receiving = receiveTransfer(channels, {
        createHash: createSha256,
        codec: DEFLATE,
        target,
        limits: {
          maxFiles: args.maxFiles ?? DEFAULT_MANIFEST_LIMITS.maxFiles,
          maxBytes: args.maxSize ?? DEFAULT_MANIFEST_LIMITS.maxBytes,
          allowHidden: args.allowHidden ?? false,
        },
        accept: (incoming, { signal: asking }) => (args.yes ? Promise.resolve(true) : ask(incoming, asking)),
        connection: peer.connection,
        signal,
        onEvent: context.report,
      })
      const summary = await receiving.catch((error: unknown) => {
        reportLeftParts(files?.leftParts ?? [], context)
        throw error
      })
      await goodbye(peer.session, context)
      context.report(summary)
    },
    { dataOnStdout },
  )
}

/** Without -o a text that was sent as one is shown; everything else is saved here. */
function openTarget(
  args: ReceiveFileArgs,
  { report }: MeasuredContext,
): { target: TargetTree; files?: DirectoryTree } {
  const { output, onConflict, noResume, noPreserve, symlinks } = args
  if (output === STANDARD_STREAM) return { target: openStdoutTarget(process.stdout) }
  const warn = (code: string, message: string) => report({ event: 'warning', code, message, hint: null })
  const files = openTargetTree(output ?? '.', {
    onConflict,
    resume: !noResume,
    preserve: !noPreserve,
    syncFileSystem,
    symlinks,
    onSkipped: (path, why) => warn('NOT_CREATED', `${path} is left out: ${why}.`),
    onKept: (path) => warn('KEPT', `${path} has other content and is kept.`),
  })
  if (output !== undefined) return { target: files, files }
  const target = openTextTarget(files, (text) => report({ event: 'text', text, direction: 'in' }))
  return { target, files }
}

/** Nothing removes them by itself, so that whoever does not want to go on knows what is there. */
function reportLeftParts(parts: readonly string[], { report }: MeasuredContext): void {
  if (parts.length === 0) return
  const named = parts.slice(0, MAX_NAMED_PARTS).join(', ')
  const others = parts.length > MAX_NAMED_PARTS ? ` and ${parts.length - MAX_NAMED_PARTS} more` : ''
  report({
    event: 'warning',
    code: 'PART_KEPT',
    message: `What has arrived is kept in ${named}${others}.`,
    hint: 'The same files sent to the same place again take it up; remove it if that is not wanted.',
  })
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
