import type { ProgressDisplay, TransferProgress } from './progress.js'

/** Progress comes up to four times a second: after this long without any, nothing moves. */
const STALLED_AFTER_MS = 2_000
const TICK_MS = 1_000

/** Tells a display that nothing moves any more, and for how long: a transfer reports only what has moved. */
export function watchForStalls(display: ProgressDisplay): ProgressDisplay {
  let moved: { progress: TransferProgress; atMs: number } | undefined
  let timer: ReturnType<typeof setInterval> | undefined
  const tick = () => {
    if (moved === undefined) return
    const { progress, atMs } = moved
    const stalledMs = performance.now() - atMs
    // What is all there waits for being verified.
    const isWhole = progress.bytes !== null && progress.bytesTransferred >= progress.bytes
    if (stalledMs < STALLED_AFTER_MS || isWhole) return
    const durationMs = progress.durationMs + stalledMs
    display.update({ ...progress, bytesPerSecond: 0, stalledMs, durationMs })
  }
  const stop = () => {
    clearInterval(timer)
    timer = undefined
    moved = undefined
  }
  return {
    update(progress) {
      moved = { progress, atMs: performance.now() }
      timer ??= setInterval(tick, TICK_MS).unref()
      display.update(progress)
    },
    end(last) {
      stop()
      display.end(last)
    },
    [Symbol.dispose]() {
      stop()
      display[Symbol.dispose]()
    },
  }
}
