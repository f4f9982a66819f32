import type { Piece } from './association.js'
import type { AssociationPool } from './association-pool.js'
import type { CreditWindow } from './credit-window.js'

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

  /** Resolves when the piece is on its way. */
  async send(piece: Piece): Promise<void> {
    const { pool, credit, signal } = this.#options
    const end = piece.offset + piece.chunk.byteLength
    if (credit.limitOf(piece.file) < end) await this.#waitForCredit(piece.file, end)
    await pool.send(piece, { signal })
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
