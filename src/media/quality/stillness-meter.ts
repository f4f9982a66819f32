import type { VideoFrame } from '../ports.js'

export interface Stillness {
  /** Milliseconds in which nothing in the picture changed for a second or more, although pictures came. */
  stillMs: number
  /** Milliseconds in which the picture was black. */
  blackMs: number
}

export interface StillnessMeter {
  add(frame: VideoFrame, arrivalMs: number): void
  measure(): Stillness
  /** Whether the last picture was black. */
  readonly isBlack: boolean
}

/** The picture is looked at in so many points. */
const COLUMNS = 64
const ROWS = 40

/** Part of the height that may be a barcode, which changes with every picture and is never black. */
const SKIPPED_ROWS = Math.ceil(ROWS / 6) + 1

/** Steps of luma that are more than what an encoder makes of the same picture, and in how many points they count. */
const CHANGE = 16
const MIN_CHANGED = 3

/** Shorter is what slow sources do. */
const MIN_STILL_MS = 1_000

/** As ffmpeg's blackdetect has it: luma up to a tenth above black, in 98 % of the picture. */
const BLACK_LUMA = 16 + 0.1 * 219
const BLACK_SHARE = 0.98

/** Sees in the pictures themselves whether something moves and whether there is anything to see. */
export function createStillnessMeter(): StillnessMeter {
  let points: Uint8Array = new Uint8Array(COLUMNS * ROWS)
  let reference: Uint8Array | undefined
  let changedMs = 0
  let lastMs = 0
  let settledStillMs = 0
  let blackMs = 0
  let isBlack = false

  const standingMs = () => (lastMs - changedMs >= MIN_STILL_MS ? lastMs - changedMs : 0)

  return {
    get isBlack() {
      return isBlack
    },
    add(frame, arrivalMs) {
      const wasBlack = isBlack
      isBlack = samplePoints(frame, points) >= BLACK_SHARE
      if (wasBlack && reference !== undefined) blackMs += arrivalMs - lastMs
      if (reference === undefined || hasChanged(reference, points)) {
        settledStillMs += standingMs()
        changedMs = arrivalMs
        const free = reference ?? new Uint8Array(points.length)
        reference = points
        points = free
      }
      lastMs = arrivalMs
    },
    measure: () => ({
      stillMs: Math.round(settledStillMs + standingMs()),
      blackMs: Math.round(blackMs),
    }),
  }
}

/** Writes the luma of the points, and gives the share of them that is black. */
function samplePoints({ width, height, data }: VideoFrame, points: Uint8Array): number {
  let black = 0
  let seen = 0
  for (let row = SKIPPED_ROWS; row < ROWS; row++) {
    const line = Math.floor(((row + 0.5) * height) / ROWS) * width
    for (let column = 0; column < COLUMNS; column++) {
      const luma = data[line + Math.floor(((column + 0.5) * width) / COLUMNS)] ?? 0
      points[row * COLUMNS + column] = luma
      if (luma <= BLACK_LUMA) black++
      seen++
    }
  }
  return black / seen
}

function hasChanged(before: Uint8Array, now: Uint8Array): boolean {
  let changed = 0
  for (let at = SKIPPED_ROWS * COLUMNS; at < now.length; at++) {
    if (Math.abs((now[at] ?? 0) - (before[at] ?? 0)) > CHANGE && ++changed >= MIN_CHANGED) return true
  }
  return false
}
