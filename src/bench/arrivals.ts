import type { ReceivedNumbers } from './received-numbers.js'

/** What arrived of a numbered series of messages. */
export interface ArrivalReport {
  received: number
  reordered: number
  bytes: number
  /** From the first to the last, or as long as they were to be sent: who reads late gets many at once. */
  durationMs: number
  windowMs: number
  /** Bytes per second of each whole window. */
  windows: number[]
  /** Of probes, as in `LossTally`. */
  lostRunSquares?: number | undefined
}

/** Ten windows of a measurement that lasts as long as it should; what comes late, in as many again and more. */
const WINDOWS = 10
const MIN_WINDOW_MS = 100
const MAX_WINDOWS = 1_000

/** Counts what arrives; a message that comes twice, which SCTP does not do, is counted twice. */
export class Arrivals {
  readonly #expectedDurationMs: number
  readonly #windowMs: number
  readonly #numbers: ReceivedNumbers | undefined
  #windows: number[] = []
  #received = 0
  #reordered = 0
  #bytes = 0
  #next = 0
  #firstMs = 0
  #lastMs = 0

  constructor(expectedDurationMs: number, numbers?: ReceivedNumbers) {
    this.#expectedDurationMs = expectedDurationMs
    this.#numbers = numbers
    this.#windowMs = Math.max(MIN_WINDOW_MS, Math.ceil(expectedDurationMs / WINDOWS))
  }

  get received(): number {
    return this.#received
  }

  /** One more than the highest number that came: so many were sent at least. */
  get next(): number {
    return this.#next
  }

  add(number: number, bytes: number, nowMs: number): void {
    if (this.#received === 0) this.#firstMs = nowMs
    this.#lastMs = nowMs
    this.#received += 1
    this.#numbers?.add(number)
    this.#bytes += bytes
    // RFC 4737 §3.3: reordered is what has a smaller number than one that came before.
    if (number < this.#next) this.#reordered += 1
    else this.#next = number + 1
    const window = Math.floor((nowMs - this.#firstMs) / this.#windowMs)
    if (window >= MAX_WINDOWS) return
    while (this.#windows.length <= window) this.#windows.push(0)
    this.#windows[window] = (this.#windows[window] ?? 0) + bytes
  }

  /** Of a series of `sent` messages. */
  report(sent: number): ArrivalReport {
    const durationMs = Math.max(this.#expectedDurationMs, this.#lastMs - this.#firstMs)
    // The last window is cut short by the end; after what came last there are windows of nothing.
    const count = Math.min(MAX_WINDOWS, Math.floor(durationMs / this.#windowMs))
    const whole = Array.from({ length: count }, (_none, index) => this.#windows[index] ?? 0)
    return {
      received: this.#received,
      reordered: this.#reordered,
      bytes: this.#bytes,
      durationMs,
      windowMs: this.#windowMs,
      windows: whole.map((bytes) => Math.round((bytes * 1_000) / this.#windowMs)),
      ...(this.#numbers ? { lostRunSquares: this.#numbers.lostRunSquares(sent) } : {}),
    }
  }
}
