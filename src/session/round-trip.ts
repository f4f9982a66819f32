/** Enough pings to tell the path from a busy moment of either process. */
const WINDOW = 5

/** A ping that was not answered by then is of no use, and a peer that answers none must not grow the table. */
const MAX_OPEN = 16

/** Round-trip time of pings through the control channel, in milliseconds with the clock's own resolution. */
export class RoundTripMeter {
  readonly #sentMs = new Map<number, number>()
  #recentMs: number[] = []

  sent(id: number, nowMs: number): void {
    this.#sentMs.set(id, nowMs)
    const [oldest] = this.#sentMs.keys()
    if (this.#sentMs.size > MAX_OPEN && oldest !== undefined) this.#sentMs.delete(oldest)
  }

  /** An answer to a ping that was never sent counts for nothing. */
  answered(id: number, nowMs: number): void {
    const sentMs = this.#sentMs.get(id)
    if (sentMs === undefined) return
    this.#sentMs.delete(id)
    this.#recentMs = [...this.#recentMs.slice(1 - WINDOW), nowMs - sentMs]
  }

  /** The shortest of the last five, null before the first answer. */
  get milliseconds(): number | null {
    return this.#recentMs.length > 0 ? Math.min(...this.#recentMs) : null
  }
}
