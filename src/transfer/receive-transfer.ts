import type { AbortOptions } from '../async/abortable.js'
import { PeerError, toPeerError } from '../errors.js'
import type { ReportEvent } from '../events.js'
import { acceptAssociations } from './accept-associations.js'
import { FileReceiver } from './file-receiver.js'
import { groupDigest } from './group-digests.js'
import { ManifestReader, type ManifestEntry, type ManifestLimits } from './manifest.js'
import type { AssociationConnection } from './open-association.js'
import type { CreateHash, FileSink, TargetTree } from './ports.js'
import { receiveFrames } from './receive-frames.js'
import { listFiles } from './send-transfer.js'
import type { TransferChannels } from './transfer-channels.js'
import { TransferControl } from './transfer-control.js'
import { GROUP_BYTES, GROUPS_PER_MESSAGE } from './transfer-message.js'
import { createTransferProgress, type TransferProgress, type TransferSummary } from './transfer-progress.js'

/** What one association may have on the way: 100 Mbit/s at 80 ms; a sender on a short path takes less. */
const WINDOW_BYTES = 1024 * 1024

/** The most associations this side takes part in. */
const MAX_ASSOCIATIONS = 32

/** Files that are being synced and renamed at the same time. */
const MAX_PUBLISHING = 32

export interface IncomingFiles {
  entries: readonly ManifestEntry[]
  bytes: number
}

export interface ReceiveTransferOptions extends AbortOptions {
  createHash: CreateHash
  target: TargetTree
  /** Asks whether the files are wanted; nothing has been created yet. */
  accept: (incoming: IncomingFiles, options: AbortOptions) => Promise<boolean>
  limits?: ManifestLimits
  connection?: AssociationConnection
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
    signal,
    onEvent = () => undefined,
  }: ReceiveTransferOptions,
): Promise<TransferSummary> {
  const control = new TransferControl(channels.control)
  const stop = new AbortController()
  const over = new AbortController()
  const ending = AbortSignal.any([control.signal, stop.signal, ...(signal ? [signal] : [])])
  let progress: TransferProgress | undefined
  let bytes = 0
  try {
    const incoming = await receiveOffer(control, limits, ending)
    bytes = incoming.bytes
    const files = listFiles(incoming.entries)
    onEvent({ event: 'transfer-offer', direction: 'receive', files, bytes })
    if (!(await accept(incoming, { signal: ending }))) {
      await control.send({ type: 'decline', reason: 'the files are not wanted' }, { signal: ending })
      throw new PeerError('PEER_DECLINED', 'The transfer was declined.')
    }
    const claimed = await target.prepare(incoming.entries, { signal: ending })
    const counting = createTransferProgress('receive', bytes, onEvent)
    progress = counting
    await using incomingFiles = new FileTable(incoming.entries, {
      target,
      createHash,
      progress: counting,
      ending,
    })
    await claimExisting(claimed, { control, files: incomingFiles, createHash, signal: ending })
    const associations = connection ? MAX_ASSOCIATIONS : 1
    await control.send({ type: 'accept', windowBytes: WINDOW_BYTES, associations }, { signal: ending })
    onEvent({ event: 'transfer-accepted', direction: 'receive', bytes, resumedBytes: 0, associations: 1 })

    const published = await receiveFiles(incomingFiles, {
      channels,
      control,
      connection,
      stop,
      ending,
      closing: over.signal,
    })
    await target.finish(incoming.entries)
    await control.send({ type: 'verified', files: published.length }, { signal: ending })
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
    if (message.count === reader.entries.length && message.bytes === reader.bytes && message.count > 0)
      return reader
    throw new PeerError('PROTOCOL_VIOLATION', 'The peer listed other files than it announced.')
  }
}

interface Claiming {
  control: TransferControl
  files: FileTable
  createHash: CreateHash
  signal: AbortSignal
}

/** Says which groups of bytes an earlier attempt left; the sender compares them with what it reads. */
async function claimExisting(
  indexes: readonly number[],
  { control, files, createHash, signal }: Claiming,
): Promise<void> {
  const block = new Uint8Array(GROUP_BYTES)
  for (const file of indexes) {
    const { sink, entry } = await files.sinkOf(file)
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
  stop: AbortController
  ending: AbortSignal
  closing: AbortSignal
}

/** Data from every association and words from the control channel, side by side, until every file is published. */
async function receiveFiles(
  files: FileTable,
  { channels, control, connection, stop, ending, closing }: ReceivingFiles,
): Promise<TransferSummary['files']> {
  const fail = (error: unknown) => stop.abort(toPeerError(error))
  const take = (index: number, offset: number, chunk: Uint8Array) => files.write(index, offset, chunk)
  const options = { windowBytes: WINDOW_BYTES, take, signal: ending }
  // Every loop ends with `ending`; a failure of one ends all of them.
  void receiveFrames(channels.data, options).catch(fail)
  if (connection) {
    const onChannel = (channel: TransferChannels['data'], count: number) => {
      files.associations = count
      // An association may fail without the transfer: what it carried comes again on another.
      void receiveFrames(channel, options).catch((error: unknown) => {
        if (!(error instanceof PeerError && error.code === 'PEER_LOST')) fail(error)
      })
    }
    void acceptAssociations({ control, connection, limit: MAX_ASSOCIATIONS, onChannel, closing })
  }
  while (!files.allAnnounced) {
    const message = await control.next(['matched', 'hash'], { signal: ending })
    if (message.type === 'hash') await files.announce(message.file, message.sha256)
    else await files.match(message.file, message.start, message.end)
  }
  return files.published(ending)
}

interface FileTableOptions {
  target: TargetTree
  createHash: CreateHash
  progress: TransferProgress
  /** Says when the table is closed why the transfer ended. */
  ending: AbortSignal
}

interface OpenFile {
  entry: ManifestEntry
  sink: FileSink
  receiver: FileReceiver
}

/** The files of a transfer by their number: opened with their first byte, published when complete, closed at the end. */
class FileTable implements AsyncDisposable {
  readonly #entries: readonly ManifestEntry[]
  readonly #options: FileTableOptions
  readonly #open = new Map<number, Promise<OpenFile>>()
  readonly #done = new Map<number, TransferSummary['files'][number]>()
  readonly #publishing = new Set<Promise<void>>()
  readonly #failed = new AbortController()
  readonly #fileCount: number
  #announced = 0
  #onDone: () => void = () => undefined

  constructor(entries: readonly ManifestEntry[], options: FileTableOptions) {
    this.#entries = entries
    this.#options = options
    this.#fileCount = entries.filter(({ type }) => type === 'file').length
  }

  set associations(count: number) {
    this.#options.progress.associations = count
  }

  /** Whether the hash of every file is known; the files themselves may still be on the way. */
  get allAnnounced(): boolean {
    return this.#announced === this.#fileCount
  }

  async sinkOf(index: number): Promise<OpenFile> {
    return this.#fileOf(index)
  }

  async write(index: number, offset: number, chunk: Uint8Array): Promise<void> {
    this.#failed.signal.throwIfAborted()
    if (this.#done.has(index)) return
    const { receiver } = await this.#fileOf(index)
    this.#options.progress.add(await receiver.write(offset, chunk))
    await this.#publishIfComplete(index, receiver)
  }

  async match(index: number, start: number, end: number): Promise<void> {
    const { receiver } = await this.#fileOf(index)
    receiver.match(start, end)
    this.#options.progress.resume(end - start)
    await this.#publishIfComplete(index, receiver)
  }

  async announce(index: number, sha256: string): Promise<void> {
    const { receiver } = await this.#fileOf(index)
    receiver.announce(sha256)
    this.#announced++
    await this.#publishIfComplete(index, receiver)
  }

  /** Resolves when every file stands under its final name, in the order of the manifest. */
  async published(signal: AbortSignal): Promise<TransferSummary['files']> {
    await new Promise<void>((resolve, reject) => {
      const check = () => {
        if (this.#done.size === this.#fileCount) resolve()
      }
      this.#onDone = check
      for (const source of [signal, this.#failed.signal]) {
        if (source.aborted) reject(source.reason)
        source.addEventListener('abort', () => reject(source.reason), { once: true })
      }
      check()
    })
    return Array.from(this.#done.keys())
      .toSorted((left, right) => left - right)
      .flatMap((index) => this.#done.get(index) ?? [])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#publishing)
    const useless = isUseless(this.#options.ending)
    for (const opening of this.#open.values()) {
      const file = await opening.catch(() => undefined)
      await (useless ? file?.sink.discard() : file?.receiver.close())
    }
    this.#open.clear()
  }

  #fileOf(index: number): Promise<OpenFile> {
    const known = this.#open.get(index)
    if (known) return known
    const entry = this.#entries[index]
    if (entry?.type !== 'file' || this.#done.has(index)) {
      return Promise.reject(
        new PeerError('PROTOCOL_VIOLATION', `The sender means file ${index}, which is not open.`),
      )
    }
    const opening = this.#openFile(entry)
    this.#open.set(index, opening)
    return opening
  }

  async #openFile(entry: ManifestEntry): Promise<OpenFile> {
    const sink = await this.#options.target.openFile(entry)
    return { entry, sink, receiver: new FileReceiver(entry, sink, this.#options.createHash) }
  }

  async #publishIfComplete(index: number, receiver: FileReceiver): Promise<void> {
    // The last byte and the hash come by different channels, and either may be the last.
    if (!receiver.isComplete || !receiver.beginPublishing()) return
    const { path: name, size: bytes } = receiver.entry
    const publishing = receiver
      .publish()
      .then(async ({ path, sha256 }) => {
        await receiver.close()
        this.#open.delete(index)
        this.#done.set(index, { name, bytes, sha256, path })
        this.#onDone()
        return undefined
      })
      .catch((error: unknown) => this.#failed.abort(toPeerError(error)))
      .finally(() => this.#publishing.delete(publishing))
    this.#publishing.add(publishing)
    if (this.#publishing.size >= MAX_PUBLISHING) await Promise.race(this.#publishing)
  }
}

/** What was written of a file that changed is no part of anything that will be offered again. */
function isUseless({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof PeerError && ['SOURCE_CHANGED', 'DATA_MISMATCH'].includes(reason.code)
}
