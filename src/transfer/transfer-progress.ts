import type { PeerEventOf, ReportEvent } from '../events.js'
import { createRateMeter } from '../stats/rate-meter.js'

/** At most four progress events a second. */
const MIN_INTERVAL_MS = 250

export interface TransferProgress {
  readonly bytesTransferred: number
  add(bytes: number): void
  /** The last progress event and the figures of the whole run. */
  finish(): { durationMs: number; bytesPerSecond: number }
}

/** Counts the bytes of one transfer and reports them; for a sender these are the bytes the receiver acknowledged. */
export function createTransferProgress(
  direction: PeerEventOf<'transfer-progress'>['direction'],
  totalBytes: number,
  onEvent: ReportEvent,
): TransferProgress {
  const startedMs = performance.now()
  const meter = createRateMeter()
  meter.add(0, startedMs)
  let bytesTransferred = 0
  let reportedMs = startedMs

  const report = (nowMs: number) => {
    reportedMs = nowMs
    onEvent({
      event: 'transfer-progress',
      direction,
      bytes: totalBytes,
      bytesTransferred,
      bytesPerSecond: Math.round(meter.bytesPerSecond(nowMs)),
      associations: 1,
      durationMs: Math.round(nowMs - startedMs),
    })
  }

  return {
    get bytesTransferred() {
      return bytesTransferred
    },
    add(bytes) {
      const nowMs = performance.now()
      bytesTransferred += bytes
      meter.add(bytes, nowMs)
      if (nowMs - reportedMs >= MIN_INTERVAL_MS) report(nowMs)
    },
    finish() {
      const nowMs = performance.now()
      report(nowMs)
      const durationMs = Math.round(nowMs - startedMs)
      return {
        durationMs,
        bytesPerSecond: Math.round((bytesTransferred * 1000) / Math.max(nowMs - startedMs, 1)),
      }
    },
  }
}
