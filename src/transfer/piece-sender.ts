import type { Piece } from './association.js'
import type { AssociationPool } from './association-pool.js'
import type { CreditWindow } from './credit-window.js'

/** Less credit than this is not worth a frame. */
const MIN_CREDIT_BYTES = 64 * 1024

export interface PieceSenderOptions {
  pool: AssociationPool
  credit: CreditWindow
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
    const { pool, credit, signal } = this.#options
    for (let start = 0; start < chunk.byteLength;) {
      const least = offset + Math.min(start + MIN_CREDIT_BYTES, chunk.byteLength)
      if (credit.limitOf(file) < least) await this.#waitForCredit(file, least)
      const part = chunk.subarray(start, credit.limitOf(file) - offset)
      await pool.send({ file, offset: offset + start, chunk: part }, { signal })
      start += part.byteLength
    }
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
