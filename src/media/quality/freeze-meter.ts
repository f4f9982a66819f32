export interface FreezeCount {
  freezes: number
  /** Milliseconds, of all freezes together. */
  freezeMs: number
}

export interface FreezeMeter {
  /** Takes the arrival of a picture, on any monotonic clock in milliseconds. */
  add(arrivalMs: number): void
  /** Until `nowMs`: a picture that has been standing for a second is a freeze before the next one comes. */
  count(nowMs: number): FreezeCount
}

/** Intervals whose mean a freeze is measured by, and how many there have to be. */
const WINDOW = 30
const MIN_INTERVALS = 5

const MIN_EXCESS_MS = 150

/** A stream that is being ended is not frozen: the bye comes within half a second of the last picture. */
const STANDING_MS = 1_000

/**
 * Counts freezes as W3C webrtc-stats `freezeCount` has it: an interval between two pictures of more than three times
 * the mean of the last 30, and of at least 150 ms more than it.
 */
export function createFreezeMeter(): FreezeMeter {
  const intervals: number[] = []
  let lastMs: number | undefined
  let freezes = 0
  let freezeMs = 0

  const isFreeze = (intervalMs: number) => {
    if (intervals.length < MIN_INTERVALS) return false
    const mean = intervals.reduce((sum, interval) => sum + interval, 0) / intervals.length
    return intervalMs > Math.max(3 * mean, mean + MIN_EXCESS_MS)
  }

  return {
    add(arrivalMs) {
      if (lastMs !== undefined) {
        const intervalMs = arrivalMs - lastMs
        if (isFreeze(intervalMs)) {
          freezes++
          freezeMs += intervalMs
        }
        intervals.push(intervalMs)
        if (intervals.length > WINDOW) intervals.shift()
      }
      lastMs = arrivalMs
    },
    count(nowMs) {
      const standingMs = lastMs === undefined ? 0 : nowMs - lastMs
      return standingMs >= STANDING_MS && isFreeze(standingMs)
        ? { freezes: freezes + 1, freezeMs: freezeMs + standingMs }
        : { freezes, freezeMs }
    },
  }
}
