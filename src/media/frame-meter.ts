export interface FrameMeasurement {
  frames: number
  /**
   * Frames that came in the last second, so right within 1; over the time since the first frame where that is less;
   * null before the second frame.
   */
  framesPerSecond: number | null
  /** Pixels, of the last frame. */
  width: number | null
  height: number | null
  /** When the first frame came, on the caller's clock. */
  firstFrameMs: number | null
}

export interface FrameMeter {
  /** Counts a frame of `width` x `height` pixels that came at `nowMs` (any monotonic clock, milliseconds). */
  add(width: number, height: number, nowMs: number): void
  /** What came until `nowMs`, or until the last frame; a later `nowMs` shows that a stream has stopped. */
  measure(nowMs?: number): FrameMeasurement
}

const WINDOW_MS = 1000

/** Measures a received video track from the arrival of its frames (the binding's frames carry no timestamp). */
export function createFrameMeter(): FrameMeter {
  const recentMs: number[] = []
  let frames = 0
  let firstFrameMs: number | null = null
  let lastFrame: { width: number; height: number; atMs: number } | null = null

  return {
    add(width, height, nowMs) {
      frames++
      firstFrameMs ??= nowMs
      lastFrame = { width, height, atMs: nowMs }
      recentMs.push(nowMs)
      while ((recentMs[0] ?? nowMs) <= nowMs - WINDOW_MS) recentMs.shift()
    },
    measure(nowMs = lastFrame?.atMs ?? 0) {
      return {
        frames,
        framesPerSecond: firstFrameMs === null ? null : frameRate(recentMs, firstFrameMs, nowMs),
        width: lastFrame?.width ?? null,
        height: lastFrame?.height ?? null,
        firstFrameMs,
      }
    },
  }
}

function frameRate(recentMs: readonly number[], firstFrameMs: number, nowMs: number): number | null {
  const elapsedMs = nowMs - firstFrameMs
  if (elapsedMs <= 0) return null
  const inWindow = recentMs.filter((atMs) => atMs > nowMs - WINDOW_MS).length
  if (elapsedMs >= WINDOW_MS) return inWindow
  // n frames span n - 1 intervals: counting the first one would show 60 fps at the second frame of 30.
  return ((inWindow - 1) * 1000) / elapsedMs
}
