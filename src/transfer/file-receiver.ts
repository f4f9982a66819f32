import { PeerError } from '../errors.js'
import type { ManifestEntry } from './manifest.js'
import type { CreateHash, FileSink, Hash } from './ports.js'
import { RangeSet } from './range-set.js'
import { GROUP_BYTES } from './transfer-message.js'

/** Chunks that wait in memory for the ones before them; beyond that they are read back when their turn comes. */
const MAX_AHEAD_BYTES = 8 * 1024 * 1024

/** What one of them costs, however few bytes it has. */
const MIN_AHEAD_BYTES = 1024

/** Ranges that are there with nothing between them, beside those of groups that were matched: what 64 windows hold. */
const MAX_RANGES = 65_536

/**
 * One file on its way in: chunks in any order and from any association, each written where it belongs, hashed in
 * order as soon as there is no gap before them.
 */
export class FileReceiver {
  readonly entry: ManifestEntry
  readonly #sink: FileSink
  readonly #hash: Hash
  readonly #ranges = new RangeSet()
  /** Written but not hashed yet, by offset. */
  readonly #ahead = new Map<number, Uint8Array>()
  #aheadBytes = 0
  #hashedBytes = 0
  #sha256: string | undefined

  constructor(entry: ManifestEntry, sink: FileSink, createHash: CreateHash) {
    this.entry = entry
    this.#sink = sink
    this.#hash = createHash()
  }

  /** Takes a chunk; resolves with how many new bytes it brought once there is room for more. */
  async write(offset: number, chunk: Uint8Array): Promise<number> {
    const end = offset + chunk.byteLength
    // Sent again by another association after the first one failed.
    if (this.#ranges.covers(offset, end)) return 0
    const gained = this.#ranges.add(offset, end)
    if (gained !== chunk.byteLength) throw overlap(this.entry)
    if (this.#ranges.ranges.length > MAX_RANGES + this.entry.size / GROUP_BYTES) throw scattered(this.entry)
    this.#keepForHash(offset, chunk)
    this.#hashAhead()
    await this.#sink.write(chunk, offset)
    return gained
  }

  /** A range of what is there already turned out to be equal to the sender's. */
  async match(start: number, end: number): Promise<void> {
    const isClaimed =
      start % GROUP_BYTES === 0 && start < end && end <= Math.min(this.#sink.existingBytes, this.entry.size)
    if (!isClaimed || this.#ranges.add(start, end) !== end - start) throw overlap(this.entry)
    await this.#sink.keep?.({ start, end })
  }

  get bytes(): number {
    return this.entry.size
  }

  /** The sender has read the whole file, and this is what it read. */
  announce(sha256: string): void {
    this.#sha256 = sha256
  }

  /** Whether every byte and the hash to compare are there. */
  get isComplete(): boolean {
    return this.#sha256 !== undefined && this.#ranges.bytes === this.entry.size
  }

  /** Compares and publishes; resolves with the path and the hash. DATA_MISMATCH discards what was written. */
  async publish(): Promise<{ path: string | null; sha256: string }> {
    await this.#hashRest()
    const sha256 = this.#hash.digestHex()
    if (sha256 !== this.#sha256) {
      await this.#sink.discard()
      throw hashMismatch(this.entry, sha256, this.#sha256)
    }
    return { path: await this.#sink.publish(), sha256 }
  }

  close(): Promise<void> {
    return Promise.resolve(this.#sink[Symbol.asyncDispose]())
  }

  #keepForHash(offset: number, chunk: Uint8Array): void {
    if (offset !== this.#hashedBytes && this.#aheadBytes + aheadBytes(chunk) > MAX_AHEAD_BYTES) return
    this.#ahead.set(offset, chunk)
    this.#aheadBytes += aheadBytes(chunk)
  }

  #hashAhead(): void {
    for (let chunk = this.#ahead.get(this.#hashedBytes); chunk; chunk = this.#ahead.get(this.#hashedBytes)) {
      this.#hash.update(chunk)
      this.#ahead.delete(this.#hashedBytes)
      this.#aheadBytes -= aheadBytes(chunk)
      this.#hashedBytes += chunk.byteLength
    }
  }

  /** What was matched was never in memory: it is read back in its place. */
  async #hashRest(): Promise<void> {
    let block: Uint8Array | undefined
    while (this.#hashedBytes < this.entry.size) {
      this.#hashAhead()
      const end = Math.min(this.#nextAhead(), this.#hashedBytes + GROUP_BYTES, this.entry.size)
      const wanted = end - this.#hashedBytes
      if (wanted === 0) continue
      block ??= new Uint8Array(GROUP_BYTES)
      const bytes = await this.#sink.read(block.subarray(0, wanted), this.#hashedBytes)
      if (bytes !== wanted)
        throw new PeerError('IO_ERROR', `Cannot read back ${JSON.stringify(this.entry.path)}.`)
      this.#hash.update(block.subarray(0, wanted))
      this.#hashedBytes = end
    }
  }

  #nextAhead(): number {
    return Math.min(...this.#ahead.keys(), this.entry.size)
  }
}

function aheadBytes({ byteLength }: Uint8Array): number {
  return Math.max(byteLength, MIN_AHEAD_BYTES)
}

/** What arrived is not what the sender read. */
export function hashMismatch(
  { path }: ManifestEntry,
  arrived: string,
  announced: string | undefined,
): PeerError {
  return new PeerError(
    'DATA_MISMATCH',
    `${JSON.stringify(path)} arrived with SHA-256 ${arrived}, the sender read ${announced ?? 'nothing'}.`,
    { hint: 'Nothing was published. Send it again.' },
  )
}

/** Bytes came twice, and not as a whole frame that went out again. */
export function overlap({ path }: ManifestEntry): PeerError {
  return new PeerError('PROTOCOL_VIOLATION', `The sender sent overlapping parts of ${JSON.stringify(path)}.`)
}

function scattered({ path }: ManifestEntry): PeerError {
  return new PeerError(
    'PROTOCOL_VIOLATION',
    `The sender scatters more parts of ${JSON.stringify(path)} than it can have on the way.`,
  )
}
