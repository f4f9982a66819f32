import type { AbortOptions } from '../async/abortable.js'
import { toPeerError } from '../errors.js'
import type { ReportEvent } from '../events.js'
import type { PeerConnection } from '../session/ports.js'
import type { CompressionMode } from '../transfer/compression.js'
import type { AssociationConnection } from '../transfer/open-association.js'
import type { ChunkCodec, CreateHash, SourceTree, TargetTree } from '../transfer/ports.js'
import { receiveTransfer } from '../transfer/receive-transfer.js'
import { sendTransfer } from '../transfer/send-transfer.js'
import {
  createReturnChannels,
  createTransferChannels,
  type TransferChannels,
} from '../transfer/transfer-channels.js'
import type { TransferSummary } from '../transfer/transfer-progress.js'

/** One transfer each way; both sides make the same channels and settle later who sends on which. */
export interface PipeChannels {
  fromInitiator: TransferChannels
  toInitiator: TransferChannels
}

export interface PipeOptions extends AbortOptions {
  /** Whether this side is the session's initiator. */
  initiator: boolean
  createHash: CreateHash
  connection?: AssociationConnection
  associations?: number | 'auto'
  compress?: CompressionMode
  codec?: ChunkCodec
  maxBytes?: number
  onEvent?: ReportEvent
}

export function createPipeChannels(connection: Pick<PeerConnection, 'createDataChannel'>): PipeChannels {
  return {
    fromInitiator: createTransferChannels(connection),
    toInitiator: createReturnChannels(connection),
  }
}

/**
 * Sends one stream and receives another at the same time. The end of one does not end the other; resolves when both
 * have been verified at their ends, rejects with what either failed with, and then the other is ended too.
 */
export async function runPipe(
  channels: PipeChannels,
  source: SourceTree,
  target: TargetTree,
  options: PipeOptions,
): Promise<{ sent: TransferSummary; received: TransferSummary }> {
  const { initiator, maxBytes = Infinity, associations, compress, signal, ...shared } = options
  const [out, back] = initiator
    ? [channels.fromInitiator, channels.toInitiator]
    : [channels.toInitiator, channels.fromInitiator]
  const failed = new AbortController()
  const ending = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal
  const failOther = (error: unknown): never => {
    failed.abort(toPeerError(error))
    throw error
  }
  const sending = sendTransfer(out, source, { ...shared, associations, compress, signal: ending })
  const receiving = receiveTransfer(back, {
    ...shared,
    target,
    accept: () => Promise.resolve(true),
    limits: { maxFiles: 1, maxBytes },
    signal: ending,
  })
  // Both have ended, and told the other side why, before anything is closed.
  const [sent, received] = await Promise.allSettled([sending.catch(failOther), receiving.catch(failOther)])
  if (sent.status === 'fulfilled' && received.status === 'fulfilled') {
    return { sent: sent.value, received: received.value }
  }
  throw failed.signal.reason
}
