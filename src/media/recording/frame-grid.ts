/**
 * Puts pictures with any spacing on the grid of a constant rate, for formats without timestamps: in each slot is the
 * newest picture that had come by then, so that the file is as long as the call.
 */
export interface FrameGrid {
  /**
   * Tells how often the picture before this one is shown: 0 where this one comes in the same slot and replaces it.
   * `timeMs` only grows.
   */
  advance(timeMs: number): number
  /** How often the last picture is shown until `endMs`, at least once. */
  finish(endMs: number): number
}

/** A grid of `frameRate` pictures per second that begins at 0. */
export function createFrameGrid(frameRate: number): FrameGrid {
  const slotMs = 1000 / frameRate
  let shown = 0
  let first = true
  const showUntil = (slot: number) => {
    const times = Math.max(0, slot - shown)
    shown += times
    return times
  }
  return {
    advance(timeMs) {
      // The first picture stands from the beginning: nothing is before it.
      if (first) {
        first = false
        return 0
      }
      return showUntil(Math.round(timeMs / slotMs))
    },
    finish: (endMs) => (first ? 0 : showUntil(Math.max(Math.round(endMs / slotMs), shown + 1))),
  }
}
