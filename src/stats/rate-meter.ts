export interface RateMeter {
  /** Counts bytes that passed at `nowMs`. The first call starts the clock: its bytes passed before, so `add(0, now)`. */
  add(bytes: number, nowMs: number): void
  /** Bytes per second over the window that ends at `nowMs`, or since the start where that is less; 0 at the start. */
  bytesPerSecond(nowMs: number): number
  /** Milliseconds until `remainingBytes` have passed at the present rate; null while nothing moves. */
  etaMs(remainingBytes: number, nowMs: number): number | null
}

interface Mark {
  atMs: number
  /** Bytes since the start, up to the next mark. */
  totalBytes: number
}

/** 5 s: steady enough to read, and a stalled transfer shows 0 within it. */
const DEFAULT_WINDOW_MS = 5000

/** A transfer adds thousands of frames a second: what comes within a fiftieth of the window shares a mark. */
const MARKS_PER_WINDOW = 50

/** Measures throughput over a sliding window of `windowMs` milliseconds; times come from one monotonic clock. */
export function createRateMeter({ windowMs = DEFAULT_WINDOW_MS } = {}): RateMeter {
  const resolutionMs = windowMs / MARKS_PER_WINDOW
  let marks: Mark[] = []
  let startMs: number | null = null
  let totalBytes = 0

  const bytesPerSecond = (nowMs: number): number => {
    if (startMs === null || nowMs <= startMs) return 0
    const fromMs = Math.max(startMs, nowMs - windowMs)
    const bytesBefore = marks.findLast(({ atMs }) => atMs <= fromMs)?.totalBytes ?? 0
    return ((totalBytes - bytesBefore) * 1000) / (nowMs - fromMs)
  }

  return {
    add(bytes, nowMs) {
      if (startMs === null) {
        startMs = nowMs
        marks.push({ atMs: nowMs, totalBytes: 0 })
        return
      }
      totalBytes += bytes
      const last = marks.at(-1)
      if (last !== undefined && last.atMs > startMs && nowMs - last.atMs < resolutionMs) {
        last.totalBytes = totalBytes
        return
      }
      marks.push({ atMs: nowMs, totalBytes })
      marks = withoutForgotten(marks, nowMs - windowMs)
    },
    bytesPerSecond,
    etaMs(remainingBytes, nowMs) {
      if (remainingBytes <= 0) return 0
      const rate = bytesPerSecond(nowMs)
      return rate > 0 ? (remainingBytes * 1000) / rate : null
    },
  }
}

/** Keeps the last mark before the window as well: it says how many bytes had passed when the window began. */
function withoutForgotten(marks: Mark[], windowStartMs: number): Mark[] {
  const keepFrom = marks.findLastIndex(({ atMs }) => atMs <= windowStartMs)
  return keepFrom > 0 ? marks.slice(keepFrom) : marks
}
