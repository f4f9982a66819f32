import type { PaceClock } from '../../src/async/pace.js'

export interface FakeClock extends PaceClock {
  /** Lets time pass, as work does. */
  advance(elapsedMs: number): void
  /** What was asked of `delay`, in order. */
  readonly delays: readonly number[]
}

/** A clock on which waiting takes no time; each wait ends `latenessMs(n)` after it should. Starts at an odd moment. */
export function createFakeClock(latenessMs: (wait: number) => number = () => 0): FakeClock {
  let nowMs = 1234.5
  const delays: number[] = []
  return {
    delays,
    now: () => nowMs,
    advance(elapsedMs) {
      nowMs += elapsedMs
    },
    async delay(delayMs, { signal } = {}) {
      signal?.throwIfAborted()
      nowMs += delayMs + latenessMs(delays.length)
      delays.push(delayMs)
    },
  }
}
