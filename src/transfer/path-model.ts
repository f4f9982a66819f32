import { PathLength } from './path-length.js'

/** What a standing queue may add to the round trip, in milliseconds. More brings nothing on longer paths either (measured). */
const TOLERATED_QUEUE_MS = 25

/** The windows are never scaled below this: as many associations as there may be still fit a full link. */
const MIN_SCALE = 0.25

/** How fast the standing queue follows, in milliseconds: what comes and goes within a second is no reason to act. */
const STANDING_MS = 1_000

/** A queue is measured over at least this, so that one late answer makes none. */
const QUEUE_MEMORY_MS = 500

/**
 * So many frames, weighted by age, say how much is lost. A share of a fiftieth is one packet in 700 with frames of 16 KiB,
 * one in 2,800 with frames of 64 KiB.
 */
const LOSS_MEMORY_FRAMES = 128
const LOSSY_SHARE = 0.02

interface Sample {
  rttMs: number
  atMs: number
}

/**
 * What round trips beside the frames of a transfer say about its path: how long it is, and how much of the round trip
 * is a queue that the transfer itself keeps filled. A delay-based congestion control over all associations (in the
 * manner of RFC 6817): their windows are scaled down while the queue is longer than tolerated.
 */
export class PathModel {
  readonly #length = new PathLength()
  #recent: Sample[] = []
  #scale = 1
  #overtakenShare = 0
  #scaledAtMs = 0
  #standingMs = 0
  #heardAtMs = Number.NEGATIVE_INFINITY

  readonly #isApart: () => boolean

  /**
   * `isApart` says whether probes have their connection to themselves: where they share it with frames they wait
   * behind them, and say nothing about the path's queues.
   */
  constructor(isApart: () => boolean) {
    this.#isApart = isApart
  }

  /** A round trip of `rttMs` ended at `nowMs`; timers are `lateMs` late on average, those of both peers together. */
  add(rttMs: number, nowMs: number, lateMs = 0): void {
    this.#length.add(rttMs, nowMs, lateMs)
    this.#heardAtMs = nowMs
    if (!this.#isApart()) return
    this.#recent.push({ rttMs, atMs: nowMs })
    const elapsedMs = nowMs - (this.#recent.at(-2)?.atMs ?? nowMs)
    const forgottenMs = nowMs - this.#memoryMs
    while (this.#recent[0] && this.#recent[0].atMs < forgottenMs) this.#recent.shift()
    this.#standingMs += (this.queueMs - this.#standingMs) * Math.min(1, elapsedMs / STANDING_MS)
    if (nowMs - this.#scaledAtMs >= this.#memoryMs) this.#rescale(nowMs)
  }

  /**
   * A frame of an association over UDP, which is unordered, has arrived; `overtaken` when a later one of the same association was there
   * first, because a packet of this one was lost.
   */
  addFrame({ overtaken }: { overtaken: boolean }): void {
    this.#overtakenShare += ((overtaken ? 1 : 0) - this.#overtakenShare) / LOSS_MEMORY_FRAMES
  }

  /** Whether packets are lost often enough to hold back a congestion control that takes loss for congestion (Reno). */
  get isLossy(): boolean {
    return this.#overtakenShare > LOSSY_SHARE
  }

  /** The shortest round trip, in milliseconds; null before the first. */
  get minRttMs(): number | null {
    const { minRttMs } = this.#length
    return Number.isFinite(minRttMs) ? minRttMs : null
  }

  /** Whether it is known what kind of path this is. */
  get isKnown(): boolean {
    return this.#length.isKnown
  }

  get isLong(): boolean {
    return this.#length.isLong
  }

  /** Milliseconds that packets stand in queues; the shortest round trip of late decides, one late answer is none. */
  get queueMs(): number {
    if (this.#recent.length === 0) return 0
    return Math.min(...this.#recent.map(({ rttMs }) => rttMs)) - this.#length.minRttMs
  }

  /** Whether more in flight would only stand in a queue. */
  get isFull(): boolean {
    return this.isLong && this.#standingMs > 0.35 * TOLERATED_QUEUE_MS
  }

  /** Whether the queue stands although no window can be scaled down further. */
  get isOverfull(): boolean {
    return this.#scale === MIN_SCALE && this.#standingMs > TOLERATED_QUEUE_MS
  }

  /** What the windows of all associations are multiplied with, from 0.25 to 1. */
  get scale(): number {
    return this.#scale
  }

  /** The time in which a window may be spent, in milliseconds: the round trip, and more while nothing queues. */
  get horizonMs(): number {
    const minRttMs = this.minRttMs ?? 0
    const isIdle = this.queueMs < TOLERATED_QUEUE_MS / 2
    // Doubling overshoots by a whole round trip: beyond 80 ms that is more than common queues hold (measured).
    const gain = isIdle ? 1 + Math.min(1, 80 / Math.max(minRttMs, 1)) : 1
    return Math.max(gain * minRttMs, minRttMs + 0.8 * TOLERATED_QUEUE_MS)
  }

  /** Whether an answer came lately: the path carries something. */
  isAlive(nowMs: number): boolean {
    return nowMs - this.#heardAtMs < Math.max(1_000, 4 * this.#length.minRttMs)
  }

  get #memoryMs(): number {
    return Math.max(QUEUE_MEMORY_MS, 1.2 * (this.minRttMs ?? 0))
  }

  #rescale(nowMs: number): void {
    this.#scaledAtMs = nowMs
    const { queueMs } = this
    if (queueMs > 1.5 * TOLERATED_QUEUE_MS) {
      this.#scale = Math.max(MIN_SCALE, this.#scale * Math.max(0.6, (1.25 * TOLERATED_QUEUE_MS) / queueMs))
    } else if (queueMs < 0.75 * TOLERATED_QUEUE_MS) {
      this.#scale = Math.min(1, this.#scale * 1.15)
    }
  }
}
