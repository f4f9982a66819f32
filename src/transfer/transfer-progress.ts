import type { PeerEventOf, ReportEvent } from '../events.js'
import { createRateMeter } from '../stats/rate-meter.js'
import { expectedBytes, hasContent, type ManifestEntry } from './manifest.js'

/** At most four progress events a second. */
const MIN_INTERVAL_MS = 250

export type TransferDirection = PeerEventOf<'transfer-progress'>['direction']
export type TransferSummary = PeerEventOf<'transfer-complete'>
type TransferFileProgress = NonNullable<PeerEventOf<'transfer-progress'>['file']>

export interface TransferProgress {
  readonly bytesTransferred: number
  /** Bytes that were there already and need not be sent. */
  readonly resumedBytes: number
  associations: number
  /** What the bytes were on their way, where they were compressed. */
  carriedBytes?: number
  /** Over the last seconds. */
  readonly bytesPerSecond: number
  /** So many more bytes of the file with this number in the manifest. */
  add(bytes: number, file: number): void
  resume(bytes: number, file: number): void
  /** The last progress event, and the closing event of the whole transfer. */
  finish(files: TransferSummary['files']): TransferSummary
}

/** Counts the bytes of one transfer and reports them; for a sender these are the bytes the receiver acknowledged. */
export function createTransferProgress(
  direction: TransferDirection,
  entries: readonly ManifestEntry[],
  onEvent: ReportEvent,
): TransferProgress {
  const totalBytes = expectedBytes(entries)
  const current = createCurrentFile(entries)
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
      file: current.summary(),
      durationMs: Math.round(nowMs - startedMs),
    })
  }
  const tick = (bytes: number) => {
    const nowMs = performance.now()
    meter.add(bytes, nowMs)
    if (nowMs - reportedMs >= MIN_INTERVAL_MS) report(nowMs)
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
    add(bytes, file) {
      bytesTransferred += bytes
      current.add(bytes, file)
      tick(bytes)
    },
    resume(bytes, file) {
      resumedBytes += bytes
      current.add(bytes, file)
      tick(0)
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

/** The file of which bytes came last, and how far it is. */
function createCurrentFile(entries: readonly ManifestEntry[]) {
  /** Bytes of files that are begun and not whole. */
  const begun = new Map<number, number>()
  let last: { index: number; entry: ManifestEntry; bytes: number } | undefined
  return {
    add(bytes: number, index: number) {
      const entry = entries[index]
      if (!entry) return
      last = { index, entry, bytes: (begun.get(index) ?? 0) + bytes }
      if (entry.type !== 'stream' && last.bytes >= entry.size) begun.delete(index)
      else begun.set(index, last.bytes)
    },
    summary(): TransferFileProgress | null {
      if (!last) return null
      const { index, entry, bytes } = last
      return {
        name: entry.path,
        number: entries.slice(0, index + 1).filter(hasContent).length,
        of: entries.filter(hasContent).length,
        bytes: entry.type === 'stream' ? null : entry.size,
        bytesTransferred: bytes,
      }
    },
  }
}
