import type { AbortOptions } from './abortable.js'
import { delay } from './delay.js'

/** How late the timers of this process are: by next to nothing on a machine that has time to spare. */
export class TimerLateness {
  #totalMs = 0
  #count = 0

  /** Resolves after `delayMs` milliseconds, and remembers how much later that was; rejects with the signal's reason. */
  async sleep(delayMs: number, { signal }: AbortOptions = {}): Promise<void> {
    const startedAtMs = performance.now()
    await delay(delayMs, { signal })
    this.#totalMs += Math.max(0, performance.now() - startedAtMs - delayMs)
    this.#count++
  }

  /** The mean of all so far, in milliseconds; 0 before the first. */
  get meanMs(): number {
    return this.#count === 0 ? 0 : this.#totalMs / this.#count
  }
}
