/** Where a delay line has its time from. */
export interface LinkClock {
  /** Milliseconds. */
  now(): number
  /** Calls back once, after about so many whole milliseconds; what it returns takes that back. */
  schedule(delayMs: number, callback: () => void): () => void
}

/** Timers have whole milliseconds: what is due within half of one goes now, so that the mean error is none. */
const EARLY_MS = 0.5

/** How far the line may go on behind its start before what left it is cut off. */
const COMPACT_AFTER = 1_024

interface Held<T> {
  item: T
  dueMs: number
}

/** Holds what was put in and gives it out when it is due, one timer for all of it. */
export class DelayLine<T> implements Disposable {
  readonly #clock: LinkClock
  readonly #deliver: (item: T) => void
  #held: Held<T>[] = []
  #first = 0
  #timer: { dueMs: number; cancel: () => void } | undefined

  constructor(clock: LinkClock, deliver: (item: T) => void) {
    this.#clock = clock
    this.#deliver = deliver
  }

  get size(): number {
    return this.#held.length - this.#first
  }

  /** Delivered before this returns where it is due already and nothing is in front of it. */
  push(item: T, dueMs: number): void {
    if (this.size === 0 && dueMs <= this.#clock.now() + EARLY_MS) return this.#deliver(item)
    this.#insert({ item, dueMs })
    this.#arm()
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#held = []
    this.#first = 0
  }

  /** Nearly everything belongs at the end; only what is overtaken, or overtakes, is looked for. */
  #insert(entry: Held<T>): void {
    let place = this.#held.length
    while (place > this.#first && (this.#held[place - 1]?.dueMs ?? 0) > entry.dueMs) place -= 1
    if (place === this.#held.length) this.#held.push(entry)
    else this.#held.splice(place, 0, entry)
  }

  #arm(): void {
    const dueMs = this.#held[this.#first]?.dueMs
    if (dueMs === undefined || (this.#timer && this.#timer.dueMs <= dueMs)) return
    this.#timer?.cancel()
    const waitMs = Math.max(1, Math.round(dueMs - this.#clock.now()))
    this.#timer = { dueMs, cancel: this.#clock.schedule(waitMs, () => this.#release()) }
  }

  #release(): void {
    this.#timer = undefined
    const untilMs = this.#clock.now() + EARLY_MS
    for (;;) {
      const entry = this.#held[this.#first]
      if (!entry || entry.dueMs > untilMs) break
      this.#first += 1
      this.#deliver(entry.item)
    }
    if (this.#first > COMPACT_AFTER && this.#first * 2 > this.#held.length) {
      this.#held = this.#held.slice(this.#first)
      this.#first = 0
    }
    this.#arm()
  }
}
