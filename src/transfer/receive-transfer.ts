import type { AbortOptions } from '../async/abortable.js'
import { PeerError, toPeerError } from '../errors.js'
import { withTimeout } from '../async/delay.js'
import type { ReportEvent } from '../events.js'
import { acceptAssociations } from './accept-associations.js'
import { FileTable } from './file-table.js'
import { groupDigest } from './group-digests.js'
import { expectedBytes, ManifestReader, type ManifestEntry, type ManifestLimits } from './manifest.js'
import type { AssociationConnection } from './open-association.js'
import type { ChunkCodec, CreateHash, TargetTree } from './ports.js'
import { answerProbes } from './path-probe.js'
import { receiveFrames } from './receive-frames.js'
import { listFiles } from './send-transfer.js'
import { STREAM_WINDOW_BYTES } from './stream-receiver.js'
import type { TransferChannels } from './transfer-channels.js'
import { TransferControl } from './transfer-control.js'
import { GROUP_BYTES, GROUPS_PER_MESSAGE } from './transfer-message.js'
import { createTransferProgress, type TransferProgress, type TransferSummary } from './transfer-progress.js'

/** What one association may have on the way: 100 Mbit/s at 80 ms; a sender on a short path takes less. */
const WINDOW_BYTES = 1024 * 1024

/** How long the word that the sender knows is waited for. */
const DONE_TIMEOUT_MS = 2_000

/** The most associations this side takes part in. */
const MAX_ASSOCIATIONS = 64

export interface IncomingFiles {
  entries: readonly ManifestEntry[]
  /** Null where nobody knows before the end. */
  bytes: number | null
}

export interface ReceiveTransferOptions extends AbortOptions {
  createHash: CreateHash
  target: TargetTree
  /** Asks whether the files are wanted; nothing has been created yet. */
  accept: (incoming: IncomingFiles, options: AbortOptions) => Promise<boolean>
  limits?: ManifestLimits
  connection?: AssociationConnection
  /** What frames may be compressed with. */
  codec?: ChunkCodec
  onEvent?: ReportEvent
}

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
    if (!(await accept(incoming, { signal: ending }))) {
      await control.send({ type: 'decline', reason: 'the files are not wanted' }, { signal: ending })
      throw new PeerError('PEER_DECLINED', 'The transfer was declined.')
    }
    const { partial, existing } = await target.prepare(incoming.entries, { signal: ending })
    const counting = createTransferProgress('receive', bytes, onEvent)
    progress = counting
    const inOrder = target.inOrder || bytes === null
    await using incomingFiles = new FileTable(incoming.entries, {
      target,
      createHash,
      progress: counting,
      ending,
      existing: new Set(existing),
      ...(inOrder && {
        inOrder: {
          maxBytes: limits?.maxBytes ?? Infinity,
          grant: (file, limit) =>
            void control.send({ type: 'credit', file, limit }, { signal: ending }).catch(() => undefined),
          fail: (error) => stop.abort(error),
        },
      }),
    })
    await skip(existing, control, ending)
    await claimPartial(partial, { control, target, entries: incoming.entries, createHash, signal: ending })
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

async function receiveOffer(
  control: TransferControl,
  limits: ManifestLimits | undefined,
  signal: AbortSignal,
): Promise<IncomingFiles> {
  const reader = new ManifestReader(limits)
  for (;;) {
    const message = await control.next(['entries', 'offer'], { signal })
    if (message.type === 'entries') {
      reader.add(message.entries)
      continue
    }
    const { entries, bytes } = reader
    if (message.count === entries.length && message.bytes === bytes && message.count > 0)
      return { entries, bytes: expectedBytes(entries) }
    throw new PeerError('PROTOCOL_VIOLATION', 'The peer listed other files than it announced.')
  }
}

interface Claiming {
  control: TransferControl
  target: TargetTree
  entries: readonly ManifestEntry[]
  createHash: CreateHash
  signal: AbortSignal
}

/** Says of which files only the hash is wanted. */
async function skip(
  indexes: readonly number[],
  control: TransferControl,
  signal: AbortSignal,
): Promise<void> {
  for (let start = 0; start < indexes.length; start += GROUPS_PER_MESSAGE) {
    const files = indexes.slice(start, start + GROUPS_PER_MESSAGE)
    await control.send({ type: 'skip', files }, { signal })
  }
}

/** Says which groups of bytes an earlier attempt left; the sender compares them with what it reads. */
async function claimPartial(
  indexes: readonly number[],
  { control, target, entries, createHash, signal }: Claiming,
): Promise<void> {
  const block = new Uint8Array(GROUP_BYTES)
  for (const file of indexes) {
    const entry = entries[file]
    if (!entry) continue
    // Closed again: a tree can have more files than may be open.
    await using sink = await target.openFile(entry)
    const existing = Math.min(sink.existingBytes, entry.size)
    let digests: string[] = []
    const say = async (first: number) => {
      if (digests.length > 0)
        await control.send({ type: 'have', file, first, digests: digests.join('') }, { signal })
      digests = []
    }
    let first = 0
    for (let offset = 0; offset < existing; offset += GROUP_BYTES) {
      signal.throwIfAborted()
      const bytes = await sink.read(block.subarray(0, Math.min(GROUP_BYTES, entry.size - offset)), offset)
      digests.push(groupDigest(block.subarray(0, bytes), createHash))
      if (digests.length < GROUPS_PER_MESSAGE) continue
      await say(first)
      first = offset / GROUP_BYTES + 1
    }
    await say(first)
  }
}

interface ReceivingFiles {
  channels: TransferChannels
  control: TransferControl
  connection: AssociationConnection | undefined
  codec: ChunkCodec | undefined
  stop: AbortController
  ending: AbortSignal
  closing: AbortSignal
}

/** Data from every association and words from the control channel, side by side, until every file is published. */
async function receiveFiles(
  files: FileTable,
  { channels, control, connection, codec, stop, ending, closing }: ReceivingFiles,
): Promise<TransferSummary['files']> {
  const fail = (error: unknown) => stop.abort(toPeerError(error))
  const take = (index: number, offset: number, chunk: Uint8Array) => files.write(index, offset, chunk)
  const options = { windowBytes: WINDOW_BYTES, take, codec, signal: ending }
  // Every loop ends with `ending`; a failure of one ends all of them.
  void receiveFrames(channels.data, options).catch(fail)
  void answerProbes(channels.probe, { signal: ending }) // never rejects
  if (connection) {
    const onChannel = (channel: TransferChannels['data'], unused: AbortSignal) => {
      const signal = AbortSignal.any([ending, unused])
      // An association may fail without the transfer: what it carried comes again on another.
      void receiveFrames(channel, { ...options, signal }).catch((error: unknown) => {
        if (!(error instanceof PeerError && error.code === 'PEER_LOST')) fail(error)
      })
    }
    const onCount = (count: number) => {
      files.associations = count
    }
    void acceptAssociations({ control, connection, limit: MAX_ASSOCIATIONS, onChannel, onCount, closing })
  }
  while (!files.allAnnounced) {
    const message = await control.next(['matched', 'hash'], { signal: ending })
    if (message.type === 'hash') await files.announce(message.file, message.sha256, message.bytes)
    else await files.match(message.file, message.start, message.end)
  }
  return files.published(ending)
}
