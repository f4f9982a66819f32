import { createDeflate } from '../../adapters/files/deflate.js'
import { createSha256 } from '../../adapters/files/sha256.js'
import type { SourceTree } from '../../transfer/ports.js'
import { sendTransfer, type SendTransferOptions } from '../../transfer/send-transfer.js'
import type { TransferChannels } from '../../transfer/transfer-channels.js'
import type { TransferSummary } from '../../transfer/transfer-progress.js'
import type { SendArgs } from '../options/transfer-options.js'
import { withAdvice } from './transfer-advice.js'

/** How what is sent goes over the path. */
export type SendFromArgs = Partial<Pick<SendArgs, 'compress' | 'associations'>>

/** Sends files as the options say; where the peer ends it, the error says what can be tried. */
export async function sendFrom(
  source: SourceTree,
  channels: TransferChannels,
  {
    compress,
    associations = 'auto',
    ...options
  }: SendFromArgs & Pick<SendTransferOptions, 'connection' | 'signal' | 'onEvent'>,
): Promise<TransferSummary> {
  const sending = { createHash: createSha256, codec: createDeflate(), compress, associations, ...options }
  try {
    return await sendTransfer(channels, source, sending)
  } catch (error) {
    throw withAdvice(error, 'send')
  }
}
