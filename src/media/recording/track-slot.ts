/** Milliseconds; shorter than this is a pause in a track, not its end. */
const IDLE_MS = 1_000

/** The one stream of a recording that several tracks of a kind could fill. */
export interface TrackSlot {
  /**
   * Whether what this track carries now is recorded. The first track has the slot until it has carried nothing for a
   * second and another one does; silence is nothing, because the binding delivers it where nothing is sent.
   */
  accepts(trackId: string, isActive: boolean, nowMs: number): boolean
}

export function createTrackSlot(): TrackSlot {
  let holder: { trackId: string; activeMs: number } | undefined
  return {
    accepts(trackId, isActive, nowMs) {
      if (holder?.trackId === trackId) {
        if (isActive) holder.activeMs = nowMs
        return true
      }
      if (holder && !(isActive && nowMs - holder.activeMs > IDLE_MS)) return false
      holder = { trackId, activeMs: nowMs }
      return true
    },
  }
}
