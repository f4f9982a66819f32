/** How long a rate counts, at least and in round trips: long enough to bridge a stalled association. */
const MEMORY_MS = 400
const MEMORY_ROUND_TRIPS = 10

interface Rate {
  bytesPerMs: number
  atMs: number
}

/**
 * What one channel's acknowledgements say about its path: the shortest round trip, and the best delivery rate of
 * late, each measured over one frame's way there and back (as in BBR, draft-cardwell-iccrg-bbr-congestion-control).
 */
export class DeliveryRate {
  #minRttMs = Number.POSITIVE_INFINITY
  #rates: Rate[] = []

  /** Milliseconds; null before the first acknowledgement. */
  get minRttMs(): number | null {
    return Number.isFinite(this.#minRttMs) ? this.#minRttMs : null
  }

  /** Best rate within the memory, bytes per millisecond; 0 before the first. */
  get bytesPerMs(): number {
    return this.#rates[0]?.bytesPerMs ?? 0
  }

  /** A frame came back after `rttMs`, in which `deliveredBytes` were acknowledged. */
  add(deliveredBytes: number, rttMs: number, nowMs: number): void {
    this.#minRttMs = Math.min(this.#minRttMs, rttMs)
    const rate = { bytesPerMs: deliveredBytes / Math.max(rttMs, 0.1), atMs: nowMs }
    const forgottenMs = nowMs - Math.max(MEMORY_MS, MEMORY_ROUND_TRIPS * this.#minRttMs)
    // Only falling maxima are kept: an older, smaller one can never be the best again.
    this.#rates = this.#rates.filter(
      ({ bytesPerMs, atMs }) => bytesPerMs > rate.bytesPerMs && atMs > forgottenMs,
    )
    this.#rates.push(rate)
  }
}
