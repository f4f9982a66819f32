import { PeerError } from '../errors.js'
import type { ManifestEntry } from './manifest.js'
import type { CreateHash, ExistingFile } from './ports.js'
import { GROUP_BYTES } from './transfer-message.js'

/** A file that is there already and of which only the hash comes: equal, it counts as received. */
export class ExistingReceiver {
  readonly entry: ManifestEntry
  readonly #file: ExistingFile
  readonly #createHash: CreateHash
  #sha256: string | undefined

  constructor(entry: ManifestEntry, file: ExistingFile, createHash: CreateHash) {
    this.entry = entry
    this.#file = file
    this.#createHash = createHash
  }

  write(): Promise<number> {
    return Promise.reject(this.#unwanted())
  }

  match(): void {
    throw this.#unwanted()
  }

  announce(sha256: string): void {
    this.#sha256 = sha256
  }

  get bytes(): number {
    return this.entry.size
  }

  get isComplete(): boolean {
    return this.#sha256 !== undefined
  }

  /** Compares; resolves with null where the file differs and is kept, rejects with OUTPUT_EXISTS where that fails. */
  async publish(): Promise<{ path: string; sha256: string } | null> {
    const sha256 = await this.#hash()
    if (sha256 === this.#sha256) return { path: this.#file.path, sha256 }
    this.#file.keepDifferent()
    return null
  }

  close(): Promise<void> {
    return Promise.resolve(this.#file[Symbol.asyncDispose]())
  }

  async #hash(): Promise<string> {
    const hash = this.#createHash()
    // Of a thousand small files each would fill a group with zeros first; the byte more tells a file that has grown.
    const block = new Uint8Array(Math.min(GROUP_BYTES, this.entry.size + 1))
    for (let offset = 0, bytes = -1; bytes !== 0; offset += bytes) {
      bytes = await this.#file.read(block, offset)
      hash.update(block.subarray(0, bytes))
    }
    return hash.digestHex()
  }

  #unwanted(): PeerError {
    const name = JSON.stringify(this.entry.path)
    return new PeerError('PROTOCOL_VIOLATION', `The sender sent parts of ${name}, which was not asked for.`)
  }
}
