import type { Piece } from './association.js'
import type { AssociationPool } from './association-pool.js'
import type { Compression } from './compression.js'
import type { CreditWindow } from './credit-window.js'
import type { ChunkCodec } from './ports.js'

/** Less credit than this is not worth a frame. */
const MIN_CREDIT_BYTES = 64 * 1024

/** What is encoded at once: it fits the window of every association even where it hardly became smaller. */
const ENCODED_UNIT_BYTES = 64 * 1024

export interface PieceSenderOptions {
  pool: AssociationPool
  credit: CreditWindow
  /** How to encode pieces, and when; without it they go out as they are. */
  compression?: { policy: Compression; codec: ChunkCodec } | undefined
  signal: AbortSignal
}

/** Sends pieces within both limits: what the receiver wants to have (its credit) and what the path holds (the pool). */
export class PieceSender {
  readonly #options: PieceSenderOptions
  #draining: Promise<void> | undefined

  constructor(options: PieceSenderOptions) {
    this.#options = options
  }

  /** Resolves when the piece, however long, is on its way. */
  async send({ file, offset, chunk }: Piece): Promise<void> {
    const { credit } = this.#options
    for (let start = 0; start < chunk.byteLength;) {
      const least = offset + Math.min(start + MIN_CREDIT_BYTES, chunk.byteLength)
      if (credit.limitOf(file) < least) await this.#waitForCredit(file, least)
      const part = chunk.subarray(start, credit.limitOf(file) - offset)
      await this.#sendPart({ file, offset: offset + start, chunk: part })
      start += part.byteLength
    }
  }

  /** Another file begins. */
  beginFile(): void {
    this.#options.compression?.policy.beginFile()
  }

  async #sendPart({ file, offset, chunk }: Piece): Promise<void> {
    const { pool, compression, signal } = this.#options
    for (let start = 0; start < chunk.byteLength;) {
      const unit = chunk.subarray(start, start + ENCODED_UNIT_BYTES)
      const isWanted = compression && this.#wantsEncoded(unit, compression.policy)
      const encoded = isWanted && (await this.#encode(unit, compression))
      const content = isWanted ? unit : chunk.subarray(start)
      const { byteLength: contentBytes } = content
      await pool.send(
        encoded
          ? { file, offset: offset + start, chunk: encoded, encoded: { as: 'deflate', contentBytes } }
          : { file, offset: offset + start, chunk: content },
        { signal },
      )
      if (!isWanted) compression?.policy.passed(contentBytes)
      start += contentBytes
    }
  }

  #wantsEncoded({ byteLength }: Uint8Array, policy: Compression): boolean {
    policy.carried(this.#options.pool.carriedBytes)
    return policy.wants(byteLength)
  }

  /** The encoded bytes where that is worthwhile. */
  async #encode(
    unit: Uint8Array,
    { policy, codec }: { policy: Compression; codec: ChunkCodec },
  ): Promise<Uint8Array | undefined> {
    const startedMs = performance.now()
    const encoded = await codec.encode(unit)
    const pays = policy.accepts(unit.byteLength, encoded.byteLength, performance.now() - startedMs)
    return pays ? encoded : undefined
  }

  /** Meanwhile what a failed association had on the way goes out again: without it there would be no more credit. */
  async #waitForCredit(file: number, end: number): Promise<void> {
    const { pool, credit, signal } = this.#options
    this.#draining ??= pool.drained({ signal }).finally(() => {
      this.#draining = undefined
    })
    const reached = credit.reaches(file, end, { signal })
    await Promise.race([reached, this.#draining.then(() => reached)])
  }
}
