import type { AbortOptions } from '../async/abortable.js'
import { PeerError, toPeerError } from '../errors.js'
import { withTimeout } from '../async/delay.js'
import type { ReportEvent } from '../events.js'
import { claimFiles } from './claim-files.js'
import { FileTable } from './file-table.js'
import { listFiles, type ManifestLimits } from './manifest.js'
import type { AssociationConnection } from './open-association.js'
import type { ChunkCodec, CreateHash, TargetTree } from './ports.js'
import { MAX_ASSOCIATIONS, receiveFiles, WINDOW_BYTES } from './receive-files.js'
import { receiveOffer, type IncomingFiles } from './receive-offer.js'
import { STREAM_WINDOW_BYTES } from './stream-receiver.js'
import type { TransferChannels } from './transfer-channels.js'
import { TransferControl } from './transfer-control.js'
import { createTransferProgress, type TransferProgress, type TransferSummary } from './transfer-progress.js'

/** How long the word that the sender knows is waited for. */
const DONE_TIMEOUT_MS = 2_000

export interface ReceiveTransferOptions extends AbortOptions {
  createHash: CreateHash
  target: TargetTree
  /** Asks whether the files are wanted; nothing has been created yet. */
  accept: (incoming: IncomingFiles, options: AbortOptions) => Promise<Consent>
  limits?: ManifestLimits
  connection?: AssociationConnection
  /** What frames may be compressed with. */
  codec?: ChunkCodec
  onEvent?: ReportEvent
}

/** Whether the files are wanted, or why they are not. */
export type Consent = boolean | { declined: string }

/**
 * Receives files and directories: asks, writes them under temporary names, compares every SHA-256, publishes and
 * tells the sender. Rejects with UNSAFE_PATH, OUTPUT_EXISTS, DATA_MISMATCH, PEER_CANCELLED or the signal's reason;
 * the sender is told and nothing wrong stands under a final name.
 */
export async function receiveTransfer(
  channels: TransferChannels,
  {
    createHash,
    target,
    accept,
    limits,
    connection,
    codec,
    signal,
    onEvent = () => undefined,
  }: ReceiveTransferOptions,
): Promise<TransferSummary> {
  const control = new TransferControl(channels.control)
  const stop = new AbortController()
  const over = new AbortController()
  const ending = AbortSignal.any([control.signal, stop.signal, ...(signal ? [signal] : [])])
  let progress: TransferProgress | undefined
  let bytes: number | null = null
  try {
    const incoming = await receiveOffer(control, limits, ending)
    bytes = incoming.bytes
    const files = listFiles(incoming.entries)
    onEvent({ event: 'transfer-offer', direction: 'receive', files, bytes })
    const consent = await accept(incoming, { signal: ending })
    if (consent !== true) {
      const reason = consent ? consent.declined : 'the files are not wanted'
      await control.send({ type: 'decline', reason }, { signal: ending })
      throw new PeerError('PEER_DECLINED', 'The transfer was declined here.')
    }
    const prepared = await target.prepare(incoming.entries, { signal: ending })
    const counting = createTransferProgress('receive', incoming.entries, onEvent)
    progress = counting
    const inOrder = target.inOrder || bytes === null
    await using incomingFiles = new FileTable(incoming.entries, {
      target,
      createHash,
      progress: counting,
      ending,
      existing: new Set(prepared.existing),
      partial: new Set(prepared.partial),
      ...(inOrder && {
        inOrder: {
          maxBytes: limits?.maxBytes ?? Infinity,
          grant: (file, limit) =>
            void control.send({ type: 'credit', file, limit }, { signal: ending }).catch(() => undefined),
          fail: (error) => stop.abort(error),
        },
      }),
    })
    const { entries } = incoming
    await claimFiles(prepared, { control, target, entries, createHash, signal: ending })
    const associations = connection ? Math.min(MAX_ASSOCIATIONS, connection.limit) : 1
    const creditBytes = inOrder ? STREAM_WINDOW_BYTES : undefined
    await control.send(
      {
        type: 'accept',
        windowBytes: WINDOW_BYTES,
        associations,
        creditBytes,
        encodings: codec ? ['deflate'] : [],
      },
      { signal: ending },
    )
    onEvent({ event: 'transfer-accepted', direction: 'receive', bytes, resumedBytes: 0, associations: 1 })

    const published = await receiveFiles(incomingFiles, {
      channels,
      control,
      connection,
      codec,
      stop,
      ending,
      closing: over.signal,
    })
    await target.finish(incoming.entries)
    await control.send(
      { type: 'verified', files: published.length, kept: incomingFiles.keptCount },
      { signal: ending },
    )
    // What was verified stays verified, whether or not the sender says that it has heard so.
    await withTimeout(
      control.next(['done'], { signal: ending }),
      DONE_TIMEOUT_MS,
      () => new Error('not heard'),
    ).catch(() => undefined)
    return counting.finish(published)
  } catch (thrown) {
    const error = toPeerError(stop.signal.aborted ? stop.signal.reason : thrown)
    const bytesTransferred = progress?.bytesTransferred ?? 0
    onEvent({
      event: 'transfer-failed',
      direction: 'receive',
      bytes,
      bytesTransferred,
      reason: error.message,
    })
    await control.cancel(error)
    throw error
  } finally {
    stop.abort(new PeerError('PEER_LOST', 'The transfer is over.'))
    over.abort(new PeerError('PEER_LOST', 'The transfer is over.'))
  }
}
