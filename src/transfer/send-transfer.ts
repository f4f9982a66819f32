import type { AbortOptions } from '../async/abortable.js'
import { PeerError, toPeerError } from '../errors.js'
import type { ReportEvent } from '../events.js'
import { AssociationPool } from './association-pool.js'
import { addAssociations } from './associations.js'
import { Compression, type CompressionMode } from './compression.js'
import { ContentLayout } from './content-layout.js'
import { CreditWindow } from './credit-window.js'
import { expectedBytes, listFiles } from './manifest.js'
import { offerFiles } from './offer-files.js'
import type { AssociationConnection } from './open-association.js'
import { probePath } from './path-probe.js'
import { PieceSender } from './piece-sender.js'
import type { ChunkCodec, CreateHash, SourceTree } from './ports.js'
import { sendFiles } from './send-files.js'
import type { TransferChannels } from './transfer-channels.js'
import { TransferControl } from './transfer-control.js'
import { createTransferProgress, type TransferProgress, type TransferSummary } from './transfer-progress.js'

export interface SendTransferOptions extends AbortOptions {
  createHash: CreateHash
  /** How many connections to use; `auto` finds out. One without `connection`. */
  associations?: number | 'auto'
  connection?: AssociationConnection
  /** When chunks are compressed, and with what; without it they never are. */
  compress?: CompressionMode
  codec?: ChunkCodec
  onEvent?: ReportEvent
}

/**
 * Sends files and directories and resolves once the receiver has verified every hash, published everything and said
 * so. Rejects with PEER_DECLINED, PEER_CANCELLED, SOURCE_CHANGED, DATA_MISMATCH or the signal's reason; the receiver
 * is told.
 */
export async function sendTransfer(
  channels: TransferChannels,
  source: SourceTree,
  {
    createHash,
    associations = 1,
    connection,
    compress = 'auto',
    codec,
    signal,
    onEvent = () => undefined,
  }: SendTransferOptions,
): Promise<TransferSummary> {
  const control = new TransferControl(channels.control)
  const over = new AbortController()
  const ending = signal ? AbortSignal.any([control.signal, signal]) : control.signal
  const { entries } = source
  const bytes = expectedBytes(entries)
  const files = listFiles(entries)
  onEvent({ event: 'transfer-offer', direction: 'send', files, bytes })
  let progress: TransferProgress | undefined
  try {
    const answer = await offerFiles(control, entries, { signal: ending })
    onEvent({ event: 'transfer-accepted', direction: 'send', bytes, resumedBytes: 0, associations: 1 })

    const counting = createTransferProgress('send', entries, onEvent)
    const layout = new ContentLayout(entries)
    progress = counting
    await using pool = new AssociationPool({
      grantedBytes: answer.windowBytes,
      onDelivered: (range) => {
        for (const { file, byteLength } of layout.locate(range)) counting.add(byteLength, file)
      },
      replaceable: connection !== undefined,
      fewest: associations === 'auto' ? undefined : associations,
    })
    void probePath(channels.probe, pool.path, { signal: AbortSignal.any([ending, over.signal]) }) // never rejects
    pool.add(channels.data, { standby: true })
    const addMore = () => {
      if (!connection) return
      const limit = Math.min(
        associations === 'auto' ? connection.limit : associations,
        connection.limit,
        answer.associations,
      )
      const adding = {
        pool,
        control,
        connection,
        bytes: bytes ?? Infinity,
        limit,
        progress: counting,
        signal: ending,
        closing: over.signal,
      }
      void addAssociations(adding, associations === 'auto') // never rejects
    }
    if (bytes !== null) addMore()
    const isCompressing = codec && compress !== 'never' && answer.encodings?.includes('deflate')
    const compression = isCompressing ? { policy: new Compression(compress), codec } : undefined
    const credit = new CreditWindow(answer.creditBytes)
    void followCredits(control, credit, ending) // never rejects
    const sent = await sendFiles(source, {
      ...answer,
      pieces: new PieceSender({ pool, credit, compression, signal: ending }),
      addMore,
      control,
      createHash,
      progress: counting,
      signal: ending,
    })
    await pool.drained({ signal: ending })
    const { kept } = await control.next(['verified'], { signal: ending })
    // Whoever does not wait for it has left already.
    await control.send({ type: 'done' }, { signal: ending }).catch(() => undefined)
    if (kept > 0) throw keptDifferent(kept)
    if (compression) counting.carriedBytes = pool.carriedBytes
    return counting.finish(sent)
  } catch (thrown) {
    const error = toPeerError(thrown)
    const bytesTransferred = progress?.bytesTransferred ?? 0
    onEvent({ event: 'transfer-failed', direction: 'send', bytes, bytesTransferred, reason: error.message })
    await control.cancel(error)
    throw error
  } finally {
    over.abort(new PeerError('PEER_LOST', 'The transfer is over.'))
  }
}

/** All that was wanted has arrived, but that is not all that was sent. */
function keptDifferent(kept: number): PeerError {
  return new PeerError(
    'PEER_DECLINED',
    `The receiver has ${kept === 1 ? 'a file' : `${kept} files`} of that name with other content and kept ${kept === 1 ? 'it' : 'them'} (--on-conflict skip).`,
    {
      hint: 'Everything else has arrived. The receiver can take the rest with --on-conflict overwrite or rename.',
    },
  )
}

async function followCredits(
  control: TransferControl,
  credit: CreditWindow,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const { file, limit } of control.credits({ signal })) credit.grant(file, limit)
  } catch {
    // The transfer is over.
  }
}
