/** The peer is asked this often. */
export const PING_INTERVAL_MS = 1_000

/** Silence after which a peer counts as silent: noticed within 6 s, and 4 lost pings are no accident. */
export const SILENT_AFTER_MS = 4_500

/** How long a silent peer may come back (a partition, an ICE restart) while nothing says that it is gone. */
export const GONE_AFTER_MS = 60_000

/** A tick that comes this late means that this process was not running, which says nothing about the peer. */
const STALLED_AFTER_MS = 1_000

export type Liveness =
  | { state: 'alive' }
  | { state: 'silent'; silentMs: number }
  | { state: 'gone'; silentMs: number }

/**
 * Judges from the times of what was heard whether the peer is alive. Evidence that it is gone for good (the
 * signaling server saw it leave, or nothing listens there any more) makes silence final; without evidence silence
 * has until GONE_AFTER_MS. ICE itself takes 7 s to say `disconnected` and never closes a dead peer's channel.
 */
export class LivenessMonitor {
  #heardMs: number
  #tickMs: number
  #evidenceMs: number | undefined

  constructor(nowMs: number) {
    this.#heardMs = nowMs
    this.#tickMs = nowMs
  }

  /** Something, anything, came from the peer. */
  heard(nowMs: number): void {
    this.#heardMs = nowMs
  }

  /** The peer was seen leaving at `nowMs`, or where it could come back to is gone. */
  seenLeaving(nowMs: number): void {
    this.#evidenceMs ??= nowMs
  }

  /** The peer was seen again. */
  seenAgain(): void {
    this.#evidenceMs = undefined
  }

  /** To be called every PING_INTERVAL_MS. */
  tick(nowMs: number): Liveness {
    const lateMs = nowMs - this.#tickMs - PING_INTERVAL_MS
    this.#tickMs = nowMs
    if (lateMs > STALLED_AFTER_MS) this.#heardMs += lateMs
    const silentMs = nowMs - this.#heardMs
    if (silentMs < SILENT_AFTER_MS) return { state: 'alive' }
    // After a partition the news that the peer's socket is gone comes with the peer itself: it may still answer.
    const isEvident = this.#evidenceMs !== undefined && nowMs - this.#evidenceMs >= SILENT_AFTER_MS
    if (isEvident || silentMs >= GONE_AFTER_MS) return { state: 'gone', silentMs }
    return { state: 'silent', silentMs }
  }
}
