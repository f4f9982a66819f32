import type { PeerEventOf } from '../events.js'
import type { OutputStream } from './color.js'
import { truncate } from './columns.js'
import { formatBytes, formatCount, formatDuration, formatRate } from './format.js'
import { columnsOf } from './live-region.js'
import { printable } from './printable.js'
import { isPromptShown } from './prompt-line.js'

/** Ten redraws a second look smooth and cost nothing. */
const REDRAW_INTERVAL_MS = 100
/** In a log, a line every two seconds shows that something moves and stays readable. */
const LINE_INTERVAL_MS = 2000
/** What a spinner takes before the text. */
const SPINNER_COLUMNS = 2

export type TransferProgress = Pick<
  PeerEventOf<'transfer-progress'>,
  'bytesTransferred' | 'bytesPerSecond' | 'associations' | 'durationMs'
> & {
  /** Null where the size is not known beforehand. */
  bytes: number | null
  file?: PeerEventOf<'transfer-progress'>['file']
  /** Whether a TURN server is on the path; null where that is not known. */
  relayed: boolean | null
  /** How long nothing has moved, where that is long. */
  stalledMs?: number
}

/** Shows how far a transfer is; one transfer after the other. */
export interface ProgressDisplay extends Disposable {
  update(progress: TransferProgress): void
  /** Ends the display of this transfer, with its last figures where it completed. */
  end(last?: TransferProgress): void
}

/**
 * `42 %  12.3 MB of 95.1 MB  31.2 MB/s  ETA 3 s  4 associations, direct`, without a total `12.3 MB  31.2 MB/s  ...`, and
 * where nothing moves `... 0 B/s  stalled for 7 s  ...`.
 */
export function formatProgress(progress: TransferProgress): string {
  const { bytes, bytesTransferred, bytesPerSecond, associations, relayed, stalledMs } = progress
  const path = relayed === null ? '' : `, ${relayed ? 'relayed' : 'direct'}`
  const over = `${formatCount(associations, 'association')}${path}`
  const stalled = stalledMs === undefined ? '' : formatStall(bytes, stalledMs)
  const rate = `${formatRate(bytesPerSecond)}${stalled}`
  if (bytes === null) return `${formatBytes(bytesTransferred)}  ${rate}  ${over}`
  const remainingMs = Math.ceil((bytes - bytesTransferred) / bytesPerSecond) * 1000
  const eta = bytesTransferred >= bytes || stalled !== '' ? '' : `  ETA ${formatDuration(remainingMs)}`
  const percent = formatWholePercent(bytesTransferred, bytes)
  return `${percent}  ${formatBytes(bytesTransferred)} of ${formatBytes(bytes)}  ${rate}${eta}  ${over}`
}

/** A stream may just have nothing to send. */
function formatStall(bytes: number | null, stalledMs: number): string {
  const duration = formatDuration(Math.floor(stalledMs / 1000) * 1000)
  return bytes === null ? `  nothing for ${duration}` : `  stalled for ${duration}`
}

/** `file 12 of 500  35 %  tree/report.pdf`; empty where there is no other file. */
export function formatFileProgress({ file }: TransferProgress): string {
  if (!file || file.of < 2) return ''
  const percent = file.bytes === null ? '' : `  ${formatWholePercent(file.bytesTransferred, file.bytes)}`
  return `file ${file.number} of ${file.of}${percent}  ${printable(file.name)}`
}

/** Rounded down: 100 % is said only when everything is there. */
function formatWholePercent(part: number, whole: number): string {
  return `${whole === 0 ? 100 : Math.floor((part / whole) * 100)} %`
}

/** Progress as a line of its own every two seconds of the transfer, and at its end. */
export function openLineProgress(print: (line: string) => void): ProgressDisplay {
  let seen = false
  let nextMs = LINE_INTERVAL_MS
  return {
    update(progress) {
      seen = true
      if (progress.durationMs < nextMs) return
      nextMs = progress.durationMs + LINE_INTERVAL_MS
      print([formatProgress(progress), formatFileProgress(progress)].filter((part) => part !== '').join('  '))
    },
    end(last) {
      if (seen && last !== undefined) print(formatProgress(last))
      seen = false
      nextMs = LINE_INTERVAL_MS
    },
    [Symbol.dispose]() {
      seen = false
    },
  }
}

type SpinnerState =
  | { state: 'idle' }
  | { state: 'loading'; text: string }
  | { state: 'spinning'; spinner: { text: string; stop(): unknown }; shownMs: number }

/** The line of the spinner, and below it that of the file, each no wider than the terminal. */
function spinnerText(progress: TransferProgress, columns: number): string {
  return [formatProgress(progress), formatFileProgress(progress)]
    .filter((line) => line !== '')
    .map((line) => truncate(line, columns - SPINNER_COLUMNS - 1))
    .join(`\n${' '.repeat(SPINNER_COLUMNS)}`)
}

export interface SpinnerProgressOptions {
  color: boolean
  /** Shows it instead while somebody types below. */
  abovePrompt: ProgressDisplay
}

/** Progress as a line that redraws itself, of several files as two; ora loads with the first figures. */
export function openSpinnerProgress(
  stream: OutputStream,
  { color, abovePrompt }: SpinnerProgressOptions,
): ProgressDisplay {
  let current: SpinnerState = { state: 'idle' }
  const start = async (loading: SpinnerState & { state: 'loading' }, durationMs: number) => {
    const { default: ora } = await import('ora')
    // Ended or restarted while ora was loading.
    if (current !== loading) return
    const spinner = ora({
      stream,
      text: loading.text,
      color: color ? 'cyan' : false,
      isEnabled: true,
      // Ctrl-C stays a signal, and no exit hook is installed: signals belong to the process edge.
      discardStdin: false,
      hideCursor: false,
    })
    spinner.start()
    current = { state: 'spinning', spinner, shownMs: durationMs }
  }
  const stop = () => {
    if (current.state === 'spinning') current.spinner.stop()
    current = { state: 'idle' }
  }
  return {
    update(progress) {
      if (isPromptShown()) {
        stop()
        return abovePrompt.update(progress)
      }
      const text = spinnerText(progress, columnsOf(stream))
      if (current.state === 'idle') {
        const loading = { state: 'loading' as const, text }
        current = loading
        // A spinner that cannot load is no reason to fail a transfer.
        start(loading, progress.durationMs).catch(() => undefined)
      } else if (current.state === 'loading') {
        current.text = text
      } else if (progress.durationMs - current.shownMs >= REDRAW_INTERVAL_MS) {
        current.spinner.text = text
        current.shownMs = progress.durationMs
      }
    },
    end() {
      stop()
      // What has completed has a line of its own.
      abovePrompt.end()
    },
    [Symbol.dispose]: stop,
  }
}
