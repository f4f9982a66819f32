import type { AssociationTransport } from './association.js'

/** More than this were never of use (measured). */
const MOST_ASSOCIATIONS = 64

/** What more of them should bring, at least; what has grown by less has not grown. */
const WORTHWHILE_GAIN = 1.1

/** After so many periods without growth the present ones carry what they can. */
const FLAT_PERIODS = 3

/** How long it stays with a number that brought no more than a smaller one. */
const HOLD_MS = 5_000

/** Until new ones carry what they can: their slow start takes some round trips. */
const SETTLING_MS = 300
const SETTLING_ROUND_TRIPS = 2

/** Where those over TCP carry nearly everything, more over UDP bring little. */
const WORTHWHILE_SHARE = 0.25

export interface GrowthLimits {
  /** How many there are before it is asked what they bring. */
  first: number
  /** How many more there are, for each millisecond of round trip, once packets are seen to be lost. */
  lossyPerMs: number
}

/** What is known of the path. */
export interface GrowthPath {
  readonly isLossy: boolean
  /** Whether more in flight would only stand in a queue. */
  readonly isFull: boolean
  /** Milliseconds; null before it is known. */
  readonly minRttMs: number | null
}

/** What has been carried, in bytes, since the transfer began. */
export type Carried = Readonly<Record<AssociationTransport, number>>

/**
 * How many associations over UDP there should be on a long path, with the first: a few at first, many where packets
 * are lost, and twice as many whenever they carry no more than before and the link is not full. Where a growth brought
 * nothing it stays as it is for a while.
 */
export class AssociationGrowth {
  readonly #limits: GrowthLimits
  readonly #path: GrowthPath
  #count: number
  #periodStart: { carried: Carried; atMs: number } | undefined
  #bestBytesPerMs = 0
  #flatPeriods = 0
  /** What was carried at best before the last growth, until that has proven itself. */
  #onTrialBytesPerMs: number | undefined
  #holdUntilMs = 0

  constructor(limits: GrowthLimits, path: GrowthPath) {
    this.#limits = limits
    this.#path = path
    this.#count = limits.first
  }

  get count(): number {
    return this.#count
  }

  /** Looks at what has been carried by `nowMs` with all of `count` open; the count may have grown after it. */
  observe(carried: Carried, nowMs: number): void {
    const start = this.#periodStart ?? { carried, atMs: nowMs }
    this.#periodStart = start
    const elapsedMs = nowMs - start.atMs
    if (elapsedMs < this.#settlingMs) return
    this.#periodStart = { carried, atMs: nowMs }
    const overUdp = carried.udp - start.carried.udp
    const bytes = overUdp + carried.tcp - start.carried.tcp
    this.#flatPeriods = this.#hasGained(bytes / elapsedMs, this.#bestBytesPerMs) ? 0 : this.#flatPeriods + 1
    this.#bestBytesPerMs = Math.max(this.#bestBytesPerMs, bytes / elapsedMs)
    if (this.#path.isFull) this.#flatPeriods = 0
    else if (this.#isSettled && nowMs >= this.#holdUntilMs)
      this.#growOrHold(overUdp / Math.max(bytes, 1), nowMs)
  }

  /** Whether the present ones carry what they can. */
  get #isSettled(): boolean {
    return this.#path.isLossy || this.#flatPeriods >= FLAT_PERIODS
  }

  #growOrHold(shareOverUdp: number, nowMs: number): void {
    const before = this.#onTrialBytesPerMs
    const wasWorthwhile =
      before === undefined ||
      (shareOverUdp >= WORTHWHILE_SHARE && this.#hasGained(this.#bestBytesPerMs, before))
    if (wasWorthwhile) return this.#grow()
    this.#holdUntilMs = nowMs + HOLD_MS
    this.#onTrialBytesPerMs = undefined
  }

  #grow(): void {
    const { isLossy, minRttMs } = this.#path
    const lossy = isLossy ? Math.ceil(this.#limits.lossyPerMs * (minRttMs ?? 0)) : 0
    this.#count = Math.min(Math.max(2 * this.#count, lossy), MOST_ASSOCIATIONS)
    this.#onTrialBytesPerMs = this.#bestBytesPerMs
    this.#flatPeriods = 0
  }

  #hasGained(bytesPerMs: number, beforeBytesPerMs: number): boolean {
    return bytesPerMs >= WORTHWHILE_GAIN * beforeBytesPerMs
  }

  get #settlingMs(): number {
    return Math.max(SETTLING_MS, SETTLING_ROUND_TRIPS * (this.#path.minRttMs ?? 0))
  }
}
