/** Round-trip times above this are the path's, below it those of two busy processes. */
export const LONG_PATH_MS = 10

/** A process that starts is busy with itself: what it measures first says nothing alone. */
const JUDGED_SAMPLES = 6
const JUDGED_AFTER_MS = 200

/**
 * What makes timers late makes round trips longer. On a short path, with 1 to 10 busy processes on the core of both peers,
 * even the shortest is above LONG_PATH_MS by up to 0.8 times what their timers are late; on a path of 20 ms, where a
 * transfer begins and nothing else runs, by 1.4 to 10 times, on longer ones by more than 5 times (measured).
 */
const BUSY_RATIO = 1.2

/** Whether a path is a long one, by round trips over it; a loaded machine at either end makes none of a short one. */
export class PathLength {
  #minRttMs = Number.POSITIVE_INFINITY
  #samples = 0
  #firstHeardMs = Number.POSITIVE_INFINITY
  #isJudgedLong = false

  /** A round trip of `rttMs` ended at `nowMs`; timers are `lateMs` late on average, those of both peers together. */
  add(rttMs: number, nowMs: number, lateMs: number): void {
    this.#samples++
    this.#minRttMs = Math.min(this.#minRttMs, rttMs)
    this.#firstHeardMs = Math.min(this.#firstHeardMs, nowMs)
    if (this.#samples < JUDGED_SAMPLES || nowMs - this.#firstHeardMs < JUDGED_AFTER_MS) return
    // It stays so when the transfer itself makes timers late.
    if (this.#minRttMs - LONG_PATH_MS > BUSY_RATIO * lateMs) this.#isJudgedLong = true
  }

  /** The shortest round trip, in milliseconds; Infinity before the first. */
  get minRttMs(): number {
    return this.#minRttMs
  }

  get isKnown(): boolean {
    return this.#minRttMs <= LONG_PATH_MS || this.#isJudgedLong
  }

  /** An answer that comes in less takes it back. */
  get isLong(): boolean {
    return this.#minRttMs > LONG_PATH_MS && this.#isJudgedLong
  }
}
