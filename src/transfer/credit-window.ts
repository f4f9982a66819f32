import { abortable, type AbortOptions } from '../async/abortable.js'
import { deferred, type Deferred } from '../async/deferred.js'

/** How far the receiver lets each file be sent: absolute offsets that only grow, so that a late one does no harm. */
export class CreditWindow {
  readonly #initialBytes: number
  readonly #limits = new Map<number, number>()
  #grown: Deferred<void> | undefined

  /** Without `initialBytes` there is no limit. */
  constructor(initialBytes = Infinity) {
    this.#initialBytes = initialBytes
  }

  grant(file: number, limit: number): void {
    if (limit <= this.limitOf(file)) return
    this.#limits.set(file, limit)
    this.#grown?.resolve()
    this.#grown = undefined
  }

  limitOf(file: number): number {
    return this.#limits.get(file) ?? this.#initialBytes
  }

  /** Resolves when the file may be sent up to `offset`. */
  async reaches(file: number, offset: number, { signal }: AbortOptions): Promise<void> {
    while (this.limitOf(file) < offset) {
      this.#grown ??= deferred()
      await abortable(this.#grown.promise, signal)
    }
  }
}
