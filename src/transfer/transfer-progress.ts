import type { PeerEventOf, ReportEvent } from '../events.js'
import { createRateMeter } from '../stats/rate-meter.js'

/** At most four progress events a second. */
const MIN_INTERVAL_MS = 250

export type TransferDirection = PeerEventOf<'transfer-progress'>['direction']
export type TransferSummary = PeerEventOf<'transfer-complete'>

export interface TransferProgress {
  readonly bytesTransferred: number
  /** Bytes that were there already and need not be sent. */
  readonly resumedBytes: number
  associations: number
  /** What the bytes were on their way, where they were compressed. */
  carriedBytes?: number
  /** Over the last seconds. */
  readonly bytesPerSecond: number
  add(bytes: number): void
  resume(bytes: number): void
  /** The last progress event, and the closing event of the whole transfer. */
  finish(files: TransferSummary['files']): TransferSummary
}

/** Counts the bytes of one transfer and reports them; for a sender these are the bytes the receiver acknowledged. */
export function createTransferProgress(
  direction: TransferDirection,
  totalBytes: number | null,
  onEvent: ReportEvent,
): TransferProgress {
  const startedMs = performance.now()
  const meter = createRateMeter()
  meter.add(0, startedMs)
  let bytesTransferred = 0
  let resumedBytes = 0
  let reportedMs = startedMs

  const report = (nowMs: number) => {
    reportedMs = nowMs
    onEvent({
      event: 'transfer-progress',
      direction,
      bytes: totalBytes,
      bytesTransferred: bytesTransferred + resumedBytes,
      bytesPerSecond: Math.round(meter.bytesPerSecond(nowMs)),
      associations: progress.associations,
      durationMs: Math.round(nowMs - startedMs),
    })
  }

  const progress: TransferProgress = {
    associations: 1,
    get bytesTransferred() {
      return bytesTransferred
    },
    get bytesPerSecond() {
      return meter.bytesPerSecond(performance.now())
    },
    get resumedBytes() {
      return resumedBytes
    },
    add(bytes) {
      const nowMs = performance.now()
      bytesTransferred += bytes
      meter.add(bytes, nowMs)
      if (nowMs - reportedMs >= MIN_INTERVAL_MS) report(nowMs)
    },
    resume(bytes) {
      resumedBytes += bytes
      progress.add(0)
    },
    finish(files) {
      const nowMs = performance.now()
      report(nowMs)
      const elapsedMs = Math.max(nowMs - startedMs, 1)
      return {
        event: 'transfer-complete',
        direction,
        files,
        bytes: totalBytes ?? bytesTransferred,
        bytesTransferred,
        resumedBytes,
        bytesPerSecond: Math.round((bytesTransferred * 1000) / elapsedMs),
        associations: progress.associations,
        ...(progress.carriedBytes === undefined ? {} : { carriedBytes: progress.carriedBytes }),
        durationMs: Math.round(elapsedMs),
      }
    },
  }
  return progress
}
