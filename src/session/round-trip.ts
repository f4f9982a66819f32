/** Enough pings to tell the path from a busy moment of either process. */
const WINDOW = 5

/** The same for the clocks, which hardly drift in that time (20 ppm are 0.6 ms in 30 s). */
const CLOCK_WINDOW = 30

/** A ping that was not answered by then is of no use, and a peer that answers none must not grow the table. */
const MAX_OPEN = 16

/** The peer's clock beside ours. */
export interface PeerClock {
  /** The peer's time minus ours, in milliseconds. */
  offsetMs: number
  /** The offset is right within this: half the round trip it was measured with. */
  uncertaintyMs: number
}

/** Round-trip time of pings through the control channel, in milliseconds with the clock's own resolution. */
export class RoundTripMeter {
  readonly #sentMs = new Map<number, number>()
  #recentMs: number[] = []
  #clocks: PeerClock[] = []

  sent(id: number, nowMs: number): void {
    this.#sentMs.set(id, nowMs)
    const [oldest] = this.#sentMs.keys()
    if (this.#sentMs.size > MAX_OPEN && oldest !== undefined) this.#sentMs.delete(oldest)
  }

  /** An answer to a ping that was never sent counts for nothing. `peerMs` is the peer's clock when it answered. */
  answered(id: number, nowMs: number, peerMs?: number): void {
    const sentMs = this.#sentMs.get(id)
    if (sentMs === undefined) return
    this.#sentMs.delete(id)
    this.#recentMs = [...this.#recentMs.slice(1 - WINDOW), nowMs - sentMs]
    if (peerMs === undefined) return
    const clock = { offsetMs: peerMs - (sentMs + nowMs) / 2, uncertaintyMs: (nowMs - sentMs) / 2 }
    this.#clocks = [...this.#clocks.slice(1 - CLOCK_WINDOW), clock]
  }

  /** The shortest of the last five, null before the first answer. */
  get milliseconds(): number | null {
    return this.#recentMs.length > 0 ? Math.min(...this.#recentMs) : null
  }

  /**
   * Both ways are taken to be equally long, as in NTP (RFC 5905 §8); the fastest of the recent pings had the least
   * chance to wait on one of them. Null where the peer does not tell its time.
   */
  get peerClock(): PeerClock | null {
    const [first, ...rest] = this.#clocks
    if (first === undefined) return null
    return rest.reduce((best, clock) => (clock.uncertaintyMs <= best.uncertaintyMs ? clock : best), first)
  }
}
