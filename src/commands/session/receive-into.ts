import { createDeflate } from '../../adapters/files/deflate.js'
import { createSha256 } from '../../adapters/files/sha256.js'
import { openStdoutTarget } from '../../adapters/files/stdout-target.js'
import { openTargetTree, type DirectoryTree } from '../../adapters/files/target-tree.js'
import { openTextTarget } from '../../adapters/files/text-target.js'
import { syncFileSystem } from '../../adapters/system/sync-file-system.js'
import type { ReportEvent } from '../../events.js'
import { DEFAULT_MANIFEST_LIMITS } from '../../transfer/manifest.js'
import type { TargetTree } from '../../transfer/ports.js'
import { receiveTransfer, type ReceiveTransferOptions } from '../../transfer/receive-transfer.js'
import type { TransferChannels } from '../../transfer/transfer-channels.js'
import type { TransferSummary } from '../../transfer/transfer-progress.js'
import { STANDARD_STREAM, type ReceiveArgs } from '../options/transfer-options.js'
import { withAdvice } from './transfer-advice.js'

/** Of partial files that are left; the others are beside them. */
const MAX_NAMED_PARTS = 3

/** Where files go, what becomes of those that are there, and the most that is taken. */
export type ReceiveIntoArgs = Partial<
  Pick<
    ReceiveArgs,
    'output' | 'onConflict' | 'noResume' | 'noPreserve' | 'symlinks' | 'allowHidden' | 'maxSize' | 'maxFiles'
  >
>

export interface ReceiveIntoOptions extends Pick<ReceiveTransferOptions, 'accept' | 'connection' | 'signal'> {
  onEvent: ReportEvent
}

/** Receives files to where the options say; where it fails it tells what has arrived. */
export async function receiveInto(
  channels: TransferChannels,
  args: ReceiveIntoArgs,
  options: ReceiveIntoOptions,
): Promise<TransferSummary> {
  const { target, files } = openTarget(args, options.onEvent)
  try {
    return await receiveTransfer(channels, {
      ...options,
      createHash: createSha256,
      codec: createDeflate(),
      target,
      limits: {
        maxFiles: args.maxFiles ?? DEFAULT_MANIFEST_LIMITS.maxFiles,
        maxBytes: args.maxSize ?? DEFAULT_MANIFEST_LIMITS.maxBytes,
        allowHidden: args.allowHidden ?? false,
      },
    })
  } catch (error) {
    reportLeftParts(files?.leftParts ?? [], options.onEvent)
    throw withAdvice(error, 'receive')
  }
}

/** Without -o a text that was sent as one is shown; everything else is saved here. */
function openTarget(
  { output, onConflict, noResume, noPreserve, symlinks }: ReceiveIntoArgs,
  report: ReportEvent,
): { target: TargetTree; files?: DirectoryTree } {
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
function reportLeftParts(parts: readonly string[], report: ReportEvent): void {
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
