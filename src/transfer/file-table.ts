import { PeerError, toPeerError } from '../errors.js'
import { ContentLayout, type FilePart } from './content-layout.js'
import { ExistingReceiver } from './existing-receiver.js'
import { FileReceiver } from './file-receiver.js'
import { hasContent, isSmallFile, type ManifestEntry } from './manifest.js'
import type { CreateHash, TargetTree } from './ports.js'
import { SmallFilePublisher } from './small-file-publisher.js'
import { SmallFileReceiver } from './small-file-receiver.js'
import { StreamReceiver, type StreamReceiverOptions } from './stream-receiver.js'
import type { TransferProgress, TransferSummary } from './transfer-progress.js'

/** Files that are being synced and renamed at the same time, beside the small ones. */
const MAX_PUBLISHING = 32

/** Of small files that are not published: a sender that begins more than it ends gets them written as they come. */
const MAX_HELD_BYTES = 16 * 1024 * 1024

export interface FileTableOptions {
  target: TargetTree
  createHash: CreateHash
  progress: TransferProgress
  /** Says when the table is closed why the transfer ended. */
  ending: AbortSignal
  /** Files of which only the hash is wanted. */
  existing: ReadonlySet<number>
  /** Files of which parts are there. */
  partial: ReadonlySet<number>
  /** How files are passed on in order; without it they are written where they belong as they come. */
  inOrder?: Pick<StreamReceiverOptions, 'maxBytes' | 'fail'> & {
    grant: (file: number, limit: number) => void
  }
}

type Receiver = FileReceiver | StreamReceiver | ExistingReceiver | SmallFileReceiver

interface OpenFile {
  receiver: Receiver
  /** Removes what was written. */
  discard: () => Promise<void>
}

/** The files of a transfer by their number: opened with their first byte, published when complete, closed at the end. */
export class FileTable implements AsyncDisposable {
  readonly #entries: readonly ManifestEntry[]
  readonly #options: FileTableOptions
  readonly #layout: ContentLayout
  readonly #open = new Map<number, Promise<OpenFile>>()
  readonly #announced = new Set<number>()
  /** Null for a file that was there, differs and was kept. */
  readonly #done = new Map<number, TransferSummary['files'][number] | null>()
  /** Files whose last byte or hash, whichever came later, is there. */
  readonly #complete = new Set<number>()
  readonly #publishing = new Set<Promise<void>>()
  readonly #small: SmallFilePublisher | undefined
  readonly #failed = new AbortController()
  readonly #closed = new AbortController()
  readonly #fileCount: number
  /** Of small files that are not published yet. */
  #heldBytes = 0
  #onDone: () => void = () => undefined

  constructor(entries: readonly ManifestEntry[], options: FileTableOptions) {
    this.#entries = entries
    this.#options = options
    this.#layout = new ContentLayout(entries)
    this.#fileCount = entries.filter(hasContent).length
    const { target } = options
    if (!target.publishSmall) return
    this.#small = new SmallFilePublisher(async (files, { hasRoom }) => {
      const more = hasRoom && this.#complete.size < this.#fileCount
      return (await target.publishSmall?.(files, { more })) ?? []
    })
  }

  set associations(count: number) {
    this.#options.progress.associations = count
  }

  /** Whether the hash of every file is known; the files themselves may still be on the way. */
  get allAnnounced(): boolean {
    return this.#announced.size === this.#fileCount
  }

  async write(index: number, offset: number, chunk: Uint8Array): Promise<void> {
    for (const part of this.#layout.split({ file: index, offset, chunk })) await this.#writePart(part)
  }

  async match(index: number, start: number, end: number): Promise<void> {
    const { receiver } = await this.#fileOf(index)
    await receiver.match(start, end)
    this.#options.progress.resume(end - start, index)
    await this.#publishIfComplete(index, receiver)
  }

  /** Takes the hashes of this file and of those after it. */
  async announce(first: number, hashes: readonly string[], bytes?: number): Promise<void> {
    let index = first
    for (const sha256 of hashes) {
      while (index < this.#entries.length && !this.#hasContent(index)) index++
      await this.#announceOne(index++, sha256, bytes)
    }
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

  /** How many files were there, differ and were kept. */
  get keptCount(): number {
    return Array.from(this.#done.values()).filter((file) => file === null).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new PeerError('PEER_LOST', 'The transfer is over.'))
    await Promise.allSettled(this.#publishing)
    const useless = isUseless(this.#options.ending)
    for (const opening of this.#open.values()) {
      const file = await opening.catch(() => undefined)
      await (useless ? file?.discard() : file?.receiver.close())
    }
    this.#open.clear()
  }

  async #writePart({ file, offset, chunk }: FilePart): Promise<void> {
    this.#failed.signal.throwIfAborted()
    if (this.#done.has(file)) return
    const { receiver } = await this.#fileOf(file)
    this.#options.progress.add(await receiver.write(offset, chunk), file)
    await this.#publishIfComplete(file, receiver)
  }

  async #announceOne(index: number, sha256: string, bytes: number | undefined): Promise<void> {
    const { receiver } = await this.#fileOf(index)
    if (this.#announced.has(index)) {
      const name = JSON.stringify(receiver.entry.path)
      throw new PeerError('PROTOCOL_VIOLATION', `The sender announced ${name} twice.`)
    }
    this.#announced.add(index)
    receiver.announce(sha256, bytes)
    await this.#publishIfComplete(index, receiver)
  }

  #hasContent(index: number): boolean {
    const entry = this.#entries[index]
    return entry !== undefined && hasContent(entry)
  }

  #fileOf(index: number): Promise<OpenFile> {
    const known = this.#open.get(index)
    if (known) return known
    const entry = this.#entries[index]
    if (!entry || !hasContent(entry) || this.#done.has(index)) {
      return Promise.reject(
        new PeerError('PROTOCOL_VIOLATION', `The sender means file ${index}, which is not open.`),
      )
    }
    const opening = this.#openFile(index, entry)
    this.#open.set(index, opening)
    return opening
  }

  async #openFile(index: number, entry: ManifestEntry): Promise<OpenFile> {
    const { target, createHash, inOrder, existing, ending } = this.#options
    if (existing.has(index) && target.openExisting) {
      const receiver = new ExistingReceiver(entry, await target.openExisting(entry), createHash)
      return { receiver, discard: () => receiver.close() }
    }
    // Nothing is begun while the disk has not taken what is complete: the sender is held back by that.
    await this.#small?.room()
    if (this.#small && this.#mayHold(index, entry)) return this.#holdSmall(entry, this.#small)
    const sink = await target.openFile(entry)
    const discard = () => sink.discard()
    if (!inOrder) return { receiver: new FileReceiver(entry, sink, createHash), discard }
    const { maxBytes, fail } = inOrder
    const grant = (limit: number) => inOrder.grant(index, limit)
    const signal = AbortSignal.any([ending, this.#closed.signal])
    const receiver = new StreamReceiver(entry, sink, { createHash, grant, maxBytes, fail, signal })
    return { receiver, discard }
  }

  #mayHold(index: number, entry: ManifestEntry): boolean {
    if (!isSmallFile(entry) || this.#options.partial.has(index)) return false
    return this.#heldBytes + entry.size <= MAX_HELD_BYTES
  }

  #holdSmall(entry: ManifestEntry, publisher: SmallFilePublisher): OpenFile {
    this.#heldBytes += entry.size
    const receiver = new SmallFileReceiver(entry, {
      createHash: this.#options.createHash,
      publish: (content) => publisher.publish({ entry, content }),
    })
    return { receiver, discard: () => receiver.close() }
  }

  async #publishIfComplete(index: number, receiver: Receiver): Promise<void> {
    // The last byte and the hash come by different channels, and either may be the last.
    if (!receiver.isComplete || this.#complete.has(index)) return
    this.#complete.add(index)
    const publishing = this.#publish(index, receiver)
      .catch((error: unknown) => this.#failed.abort(toPeerError(error)))
      .finally(() => this.#publishing.delete(publishing))
    this.#publishing.add(publishing)
    if (receiver instanceof SmallFileReceiver) await this.#small?.room()
    else if (this.#publishing.size >= MAX_PUBLISHING) await Promise.race(this.#publishing)
  }

  async #publish(index: number, receiver: Receiver): Promise<void> {
    const published = await receiver.publish()
    await receiver.close()
    this.#open.delete(index)
    if (receiver instanceof ExistingReceiver) this.#options.progress.resume(receiver.bytes, index)
    if (receiver instanceof SmallFileReceiver) this.#heldBytes -= receiver.bytes
    this.#done.set(index, published && { name: receiver.entry.path, bytes: receiver.bytes, ...published })
    this.#onDone()
  }
}

/** What was written of a file that changed is no part of anything that will be offered again. */
function isUseless({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof PeerError && ['SOURCE_CHANGED', 'DATA_MISMATCH'].includes(reason.code)
}
