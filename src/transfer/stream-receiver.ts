import { abortable } from '../async/abortable.js'
import { deferred, type Deferred } from '../async/deferred.js'
import { PeerError, toPeerError } from '../errors.js'
import type { ManifestEntry } from './manifest.js'
import { OrderedBytes } from './ordered-bytes.js'
import type { CreateHash, FileSink, Hash } from './ports.js'

/** What may be on the way or waiting for the reader: 300 Mbit/s at 200 ms, and all that a slow reader costs memory. */
export const STREAM_WINDOW_BYTES = 8 * 1024 * 1024

/** Credit is worth a message when so much of it is new. */
const CREDIT_STEP_BYTES = STREAM_WINDOW_BYTES / 8

/** What is taken out at once: one write of a pipe's reader, one of a disk. */
const WRITE_BYTES = 256 * 1024

export interface StreamReceiverOptions {
  createHash: CreateHash
  /** Tells the sender how far it may send. */
  grant: (limit: number) => void
  /** Refused with TOO_LARGE beyond it. */
  maxBytes: number
  /** Told once when the sink takes nothing any more. */
  fail: (error: PeerError) => void
  /** Ends the waits for a reader that does not read. */
  signal: AbortSignal
}

/**
 * One file or stream on its way in that is passed on in order: nothing is read back, what waits is bounded by the
 * credit the sender was given, and more is granted as the sink takes it.
 */
export class StreamReceiver {
  readonly entry: ManifestEntry
  readonly #sink: FileSink
  readonly #options: StreamReceiverOptions
  readonly #hash: Hash
  readonly #waiting = new OrderedBytes()
  readonly #pumping: Promise<void>
  #arrived: Deferred<void> | undefined
  #grantedBytes = STREAM_WINDOW_BYTES
  #passedBytes = 0
  #end: { bytes: number; sha256: string } | undefined
  #state: 'receiving' | 'published' = 'receiving'

  constructor(entry: ManifestEntry, sink: FileSink, options: StreamReceiverOptions) {
    this.entry = entry
    this.#sink = sink
    this.#options = options
    this.#hash = options.createHash()
    this.#pumping = this.#pump()
    this.#pumping.catch((error: unknown) => {
      if (!options.signal.aborted) options.fail(toPeerError(error))
    })
  }

  /** Takes a chunk at once; resolves with how many new bytes it brought. */
  async write(offset: number, chunk: Uint8Array): Promise<number> {
    const end = offset + chunk.byteLength
    this.#rejectTooMuch(end)
    const gained = this.#waiting.add(offset, chunk)
    if (gained === undefined) {
      throw new PeerError('PROTOCOL_VIOLATION', `The sender sent overlapping parts of ${this.#name}.`)
    }
    this.#wake()
    return gained
  }

  match(): void {
    throw new PeerError('PROTOCOL_VIOLATION', `The sender means parts of ${this.#name} that nobody has.`)
  }

  /** The sender has reached the end, and this is what it read. */
  announce(sha256: string, bytes = this.entry.size): void {
    if (bytes < this.#waiting.endBytes || (this.entry.type === 'file' && bytes !== this.entry.size)) {
      throw new PeerError('DATA_MISMATCH', `The sender says that ${this.#name} ends at ${bytes} bytes.`)
    }
    this.#end = { bytes, sha256 }
    this.#wake()
  }

  get bytes(): number {
    return this.#passedBytes
  }

  /** Whether every byte and the hash to compare are there; the sink may still have to take them. */
  get isComplete(): boolean {
    return this.#end !== undefined && this.#waiting.arrivedBytes === this.#end.bytes
  }

  /** Compares once the sink has everything; resolves with where it is and the hash. */
  async publish(): Promise<{ path: string | null; sha256: string }> {
    await this.#pumping
    const sha256 = this.#hash.digestHex()
    if (sha256 !== this.#end?.sha256) {
      await this.#sink.discard()
      throw new PeerError(
        'DATA_MISMATCH',
        `${this.#name} arrived with SHA-256 ${sha256}, the sender read ${this.#end?.sha256 ?? 'nothing'}.`,
        { hint: 'What was passed on is wrong. Send it again.' },
      )
    }
    const path = await this.#sink.publish()
    this.#state = 'published'
    return { path, sha256 }
  }

  /** What came of something that cannot be taken up again is removed. */
  async close(): Promise<void> {
    await this.#pumping.catch(() => undefined)
    await (this.#state === 'published' ? this.#sink[Symbol.asyncDispose]() : this.#sink.discard())
  }

  get #name(): string {
    return JSON.stringify(this.entry.path)
  }

  #rejectTooMuch(end: number): void {
    if (end > this.#grantedBytes)
      throw new PeerError('PROTOCOL_VIOLATION', `The sender sent more of ${this.#name} than it was granted.`)
    const limit = this.entry.type === 'file' ? this.entry.size : this.#end?.bytes
    if (limit !== undefined && end > limit)
      throw new PeerError('DATA_MISMATCH', `The sender sent more than ${limit} bytes of ${this.#name}.`)
    if (end <= this.#options.maxBytes) return
    throw new PeerError('TOO_LARGE', `The peer sends more than ${this.#options.maxBytes} bytes.`, {
      hint: 'Raise --max-size if that is wanted.',
    })
  }

  async #pump(): Promise<void> {
    while (this.#passedBytes !== this.#end?.bytes) {
      const block = this.#waiting.take(WRITE_BYTES)
      if (block) await this.#pass(block)
      else await this.#more()
    }
  }

  async #pass(block: Uint8Array): Promise<void> {
    this.#hash.update(block)
    await abortable(this.#sink.write(block, this.#passedBytes), this.#options.signal)
    this.#passedBytes += block.byteLength
    if (this.#passedBytes + STREAM_WINDOW_BYTES - this.#grantedBytes < CREDIT_STEP_BYTES) return
    this.#grantedBytes = this.#passedBytes + STREAM_WINDOW_BYTES
    this.#options.grant(this.#grantedBytes)
  }

  #more(): Promise<void> {
    this.#arrived ??= deferred()
    return abortable(this.#arrived.promise, this.#options.signal)
  }

  #wake(): void {
    this.#arrived?.resolve()
    this.#arrived = undefined
  }
}
