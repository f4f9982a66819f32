import type { AssociationTransport } from './association.js'

/** More than this were never of use (measured). */
const MOST_ASSOCIATIONS = 64

/** What more of them should bring, at least; what has grown by less has not grown. */
const WORTHWHILE_GAIN = 1.1

/** After so many periods without growth the present ones carry what they can; where packets are lost, sooner. */
const FLAT_PERIODS = 3
const LOSSY_FLAT_PERIODS = 1

/** How long a smaller number is kept after a larger one brought no more. */
const HOLD_MS = 5_000

/** Until new ones carry what they can: their slow start takes some round trips. */
const SETTLING_MS = 300
const SETTLING_ROUND_TRIPS = 2

/**
 * Where one over UDP carries less than this of one over TCP, the system's congestion control bears the loss better
 * than Reno (as BBR does), and more over UDP cost more processor time than they bring (measured).
 */
const COMPARABLE_RATIO = 0.4

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

/** What has been carried over each transport since the transfer began, and by how many associations. */
export type Carried = Readonly<Record<AssociationTransport, { bytes: number; count: number }>>

/**
 * How many associations over UDP there should be on a long path, with the first: a few at first, many where packets
 * are lost, and twice as many whenever they carry no more than before and the link is not full. Where a growth brought
 * nothing it stays as it is for a while, and where those over TCP carry much more than those over UDP there are no more.
 */
export class AssociationGrowth {
  readonly #limits: GrowthLimits
  readonly #path: GrowthPath
  #count: number
  #periodStart: { carried: Carried; atMs: number } | undefined
  #bestBytesPerMs = 0
  #flatPeriods = 0
  /** What there was before the last growth, until that has proven itself. */
  #before: { count: number; bytesPerMs: number } | undefined
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
    const bytes = {
      udp: carried.udp.bytes - start.carried.udp.bytes,
      tcp: carried.tcp.bytes - start.carried.tcp.bytes,
    }
    const bytesPerMs = (bytes.udp + bytes.tcp) / elapsedMs
    this.#flatPeriods = this.#hasGained(bytesPerMs, this.#bestBytesPerMs) ? 0 : this.#flatPeriods + 1
    this.#bestBytesPerMs = Math.max(this.#bestBytesPerMs, bytesPerMs)
    if (this.#path.isFull) this.#flatPeriods = 0
    else if (this.#isSettled && nowMs >= this.#holdUntilMs) {
      const isComparable = bytes.udp * carried.tcp.count >= COMPARABLE_RATIO * bytes.tcp * carried.udp.count
      if (isComparable) this.#growOrGoBack(nowMs)
    }
  }

  /** Whether the present ones carry what they can. */
  get #isSettled(): boolean {
    return this.#flatPeriods >= (this.#path.isLossy ? LOSSY_FLAT_PERIODS : FLAT_PERIODS)
  }

  #growOrGoBack(nowMs: number): void {
    const before = this.#before
    if (!before || this.#hasGained(this.#bestBytesPerMs, before.bytesPerMs)) return this.#grow()
    this.#count = before.count
    this.#before = undefined
    this.#holdUntilMs = nowMs + HOLD_MS
  }

  #grow(): void {
    const { isLossy, minRttMs } = this.#path
    const lossy = isLossy ? Math.ceil(this.#limits.lossyPerMs * (minRttMs ?? 0)) : 0
    this.#before = { count: this.#count, bytesPerMs: this.#bestBytesPerMs }
    this.#count = Math.min(Math.max(2 * this.#count, lossy), MOST_ASSOCIATIONS)
    this.#flatPeriods = 0
  }

  #hasGained(bytesPerMs: number, beforeBytesPerMs: number): boolean {
    return bytesPerMs >= WORTHWHILE_GAIN * beforeBytesPerMs
  }

  get #settlingMs(): number {
    return Math.max(SETTLING_MS, SETTLING_ROUND_TRIPS * (this.#path.minRttMs ?? 0))
  }
}
