import { hashMismatch, overlap } from './file-receiver.js'
import type { ManifestEntry } from './manifest.js'
import type { CreateHash } from './ports.js'
import { RangeSet } from './range-set.js'

/** A small file on its way in: it stays in memory until its hash is known to be right, and is then written at once. */
export class SmallFileReceiver {
  readonly entry: ManifestEntry
  readonly #content: Uint8Array
  readonly #createHash: CreateHash
  readonly #publish: (content: Uint8Array) => Promise<string>
  readonly #ranges = new RangeSet()
  #sha256: string | undefined

  constructor(
    entry: ManifestEntry,
    { createHash, publish }: { createHash: CreateHash; publish: (content: Uint8Array) => Promise<string> },
  ) {
    this.entry = entry
    this.#content = new Uint8Array(entry.size)
    this.#createHash = createHash
    this.#publish = publish
  }

  /** Takes a chunk; returns how many new bytes it brought. */
  write(offset: number, chunk: Uint8Array): number {
    const end = offset + chunk.byteLength
    // Sent again by another association after the first one failed.
    if (this.#ranges.covers(offset, end)) return 0
    if (this.#ranges.add(offset, end) !== chunk.byteLength) throw overlap(this.entry)
    this.#content.set(chunk, offset)
    return chunk.byteLength
  }

  match(): void {
    throw overlap(this.entry)
  }

  /** The sender has read the whole file, and this is what it read. */
  announce(sha256: string): void {
    this.#sha256 = sha256
  }

  get bytes(): number {
    return this.entry.size
  }

  /** Whether every byte and the hash to compare are there. */
  get isComplete(): boolean {
    return this.#sha256 !== undefined && this.#ranges.bytes === this.entry.size
  }

  /** Compares and publishes; resolves with the path and the hash. DATA_MISMATCH where it is another content. */
  async publish(): Promise<{ path: string; sha256: string }> {
    const hash = this.#createHash()
    hash.update(this.#content)
    const sha256 = hash.digestHex()
    if (sha256 !== this.#sha256) throw hashMismatch(this.entry, sha256, this.#sha256)
    return { path: await this.#publish(this.#content), sha256 }
  }

  async close(): Promise<void> {
    // Nothing is held but memory.
  }
}
