import type { Impairment } from './impairment.js'
import { createRandom, randomAt, type Random } from './seeded-random.js'

export type LinkDirection = 'outgoing' | 'incoming'

/** What becomes of a packet that comes to the link; `dueMs` is when it leaves at the other end. */
export type Fate =
  | { fate: 'passes'; dueMs: number; reordered: boolean }
  | { fate: 'lost' }
  | { fate: 'queue-full' }

/** IPv4 and UDP headers (RFC 791, RFC 768): a bottleneck carries them too. */
const HEADER_BYTES = 28

/** How much later an overtaken packet arrives: what was sent in this time is in front of it then. */
const OVERTAKEN_MS = 10

/** How long the delay takes from one random value to the next. */
const MIN_JITTER_STEP_MS = 20

const PURPOSES = { loss: 0, reorder: 1, jitter: 2 }
const PURPOSES_PER_DIRECTION = 8

/** One direction of a link: arithmetic without a clock of its own and without any packet. */
export class LinkModel {
  readonly #impairment: Impairment
  readonly #direction: number
  readonly #nextLoss: Random
  readonly #nextReorder: Random
  readonly #jitterStepMs: number
  /** When the bottleneck will have sent all that waits in front of it. */
  #freeMs = 0

  constructor(impairment: Impairment, direction: LinkDirection) {
    this.#impairment = impairment
    this.#direction = (direction === 'outgoing' ? 0 : 1) * PURPOSES_PER_DIRECTION
    this.#nextLoss = createRandom(impairment.seed, this.#direction + PURPOSES.loss)
    this.#nextReorder = createRandom(impairment.seed, this.#direction + PURPOSES.reorder)
    // At most half a millisecond of delay a millisecond: packets never overtake each other by jitter.
    this.#jitterStepMs = Math.max(MIN_JITTER_STEP_MS, 4 * impairment.jitterMs)
  }

  /** Decides about the next packet, of so many bytes of UDP payload. `nowMs` never goes back. */
  admit(payloadBytes: number, nowMs: number): Fate {
    const { lossRatio, reorderRatio, delayMs } = this.#impairment
    // Both are drawn for every packet, so that the nth packet has the same fate whatever else is set.
    const isLost = this.#nextLoss() < lossRatio
    const reordered = this.#nextReorder() < reorderRatio
    if (isLost) return { fate: 'lost' }
    const sentMs = this.#passBottleneck(payloadBytes, nowMs)
    if (sentMs === undefined) return { fate: 'queue-full' }
    const dueMs = sentMs + delayMs + this.#jitterAt(sentMs) + (reordered ? OVERTAKEN_MS : 0)
    return { fate: 'passes', dueMs, reordered }
  }

  /** When the last bit is sent; undefined where the queue is full. */
  #passBottleneck(payloadBytes: number, nowMs: number): number | undefined {
    const { rateBitsPerSecond, queueMs } = this.#impairment
    if (rateBitsPerSecond === null) return nowMs
    const startMs = Math.max(nowMs, this.#freeMs)
    if (startMs - nowMs > queueMs) return undefined
    this.#freeMs = startMs + ((payloadBytes + HEADER_BYTES) * 8 * 1_000) / rateBitsPerSecond
    return this.#freeMs
  }

  /** Straight lines between random values, evenly from -jitterMs to +jitterMs, one each step. */
  #jitterAt(timeMs: number): number {
    const { jitterMs, seed } = this.#impairment
    if (jitterMs === 0) return 0
    const step = Math.floor(timeMs / this.#jitterStepMs)
    const share = timeMs / this.#jitterStepMs - step
    const at = (index: number) => randomAt(seed, this.#direction + PURPOSES.jitter, index) * 2 - 1
    return jitterMs * (at(step) * (1 - share) + at(step + 1) * share)
  }
}
