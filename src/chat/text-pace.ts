import type { AbortOptions } from '../async/abortable.js'
import { delay } from '../async/delay.js'

/** What may be said at once, a text for each started KiB of it: a log of a thousand lines passes as it is. */
const BURST_TEXTS = 1_000

/** Beyond that: more than anybody reads, and no way to keep a terminal or a processor busy. */
const TEXTS_PER_SECOND = 200

const CHARACTERS_PER_TEXT = 1_024

/** Holds texts to the rate of a chat. Both sides keep to it: the sender, so that nothing piles up at the receiver. */
export class TextPace {
  #allowed = BURST_TEXTS
  #atMs = performance.now()

  /** Resolves when the text may pass. */
  async take({ length }: string, { signal }: AbortOptions = {}): Promise<void> {
    const nowMs = performance.now()
    const gained = ((nowMs - this.#atMs) / 1_000) * TEXTS_PER_SECOND
    this.#atMs = nowMs
    this.#allowed =
      Math.min(BURST_TEXTS, this.#allowed + gained) - Math.ceil((length + 1) / CHARACTERS_PER_TEXT)
    if (this.#allowed < 0) await delay((-this.#allowed / TEXTS_PER_SECOND) * 1_000, { signal })
  }
}
