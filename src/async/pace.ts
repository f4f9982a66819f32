import type { AbortOptions } from './abortable.js'
import { delay } from './delay.js'

/** Time in milliseconds that only goes forward, and waiting on it. */
export interface PaceClock {
  now(): number
  delay(delayMs: number, options?: AbortOptions): Promise<void>
}

const MONOTONIC_CLOCK: PaceClock = { now: () => performance.now(), delay }

export interface PaceOptions {
  /** Milliseconds from one tick to the next; fractions count, so 1000 / 30 does not drift. */
  intervalMs: number
  /** How many overdue ticks are made up for at once; older ones are dropped. */
  maxCatchUp?: number
  /** When slot 0 is due, on the clock; now unless told. Two paces with one start keep step. */
  startMs?: number
  /** The slot to begin with; those before it are neither made up for nor counted as dropped. */
  firstIndex?: number
  /** Gets the number of the tick's slot: slot n is due n intervals after the start, dropped ones leave a gap. */
  onTick: (index: number) => void | Promise<void>
  clock?: PaceClock
  signal: AbortSignal
}

export interface PaceCounters {
  /** Calls of `onTick`. */
  ticks: number
  /** Slots passed over because they were more than `maxCatchUp` intervals late. */
  dropped: number
}

/** In intervals; absorbs the rounding of `start + n * interval`, which can fall just short of the slot. */
const DUE_TOLERANCE = 1e-6

/**
 * Calls `onTick` when its first slot is due and then every `intervalMs` of the monotonic clock until `signal` aborts, and resolves with
 * what it did. Slots are counted from the start, so lateness never adds up. Rejects only with what `onTick` throws.
 */
export async function pace(options: PaceOptions): Promise<PaceCounters> {
  const { intervalMs, maxCatchUp = 1, onTick, clock = MONOTONIC_CLOCK, signal } = options
  const { startMs = clock.now(), firstIndex = 0 } = options
  let index = firstIndex
  let ticks = 0
  let dropped = 0
  while (!signal.aborted) {
    const dueIndex = Math.floor((clock.now() - startMs) / intervalMs + DUE_TOLERANCE)
    const tooLate = Math.max(0, dueIndex - maxCatchUp - index)
    dropped += tooLate
    index += tooLate
    for (; index <= dueIndex && !signal.aborted; index++) {
      ticks++
      await onTick(index)
    }
    await waitUntil(startMs + index * intervalMs, clock, signal)
  }
  return { ticks, dropped }
}

/** Waits even when the time has passed: a tick that takes too long must not starve the event loop. */
async function waitUntil(dueMs: number, clock: PaceClock, signal: AbortSignal): Promise<void> {
  // Timers truncate to whole milliseconds; rounding up spares a second wake-up just before the slot.
  const delayMs = Math.max(0, Math.ceil(dueMs - clock.now()))
  try {
    await clock.delay(delayMs, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
