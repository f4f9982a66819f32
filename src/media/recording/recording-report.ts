import { PeerError } from '../../errors.js'
import type { PeerEventOf, ReportEvent } from '../../events.js'
import { warningOf } from '../../events/outcome-events.js'
import type { MediaKind } from '../../sdp/media-kind.js'
import type { SegmentCounts } from './segment.js'

type RecordingEvent = PeerEventOf<'recording'>

/** What of a recording its events say; `path` is that of the segment where it has one of its own. */
export interface RecordingFacts {
  path?: string
  bytes?: number
  durationMs: number
  counts: SegmentCounts
}

/** What the user is told of one recording: its states, and once each what goes wrong without ending it. */
export class RecordingReport {
  readonly #path: string
  readonly #onEvent: ReportEvent
  readonly #told = new Set<string>()

  constructor(path: string, onEvent: ReportEvent) {
    this.#path = path
    this.#onEvent = onEvent
  }

  state(state: RecordingEvent['state'], facts: RecordingFacts): void {
    const { path = this.#path, bytes = 0, durationMs, counts } = facts
    const { frames, framesDropped } = counts
    this.#onEvent({
      event: 'recording',
      path,
      state,
      bytes,
      durationMs: Math.max(0, Math.round(durationMs)),
      frames,
      framesDropped,
    })
  }

  failure(error: PeerError): void {
    this.#onEvent(warningOf(error))
  }

  /** A track began after the file, whose streams were fixed by then. */
  lateTrack(kind: MediaKind, { inNextSegment }: { inNextSegment: boolean }): void {
    this.#once('RECORDING_LATE_TRACK', `The ${kind} began after ${this.#path} and is not in it.`, {
      hint: inNextSegment ? null : 'With --record-segment the next file has it.',
    })
  }

  tooSlow(): void {
    this.#once(
      'RECORDING_TOO_SLOW',
      `Recording ${this.#path} is slower than real time: pictures are left out.`,
      { hint: 'Receive smaller pictures, or record to .mp4, which costs the least to encode.' },
    )
  }

  #once(code: string, message: string, { hint }: { hint: string | null }): void {
    if (this.#told.has(code)) return
    this.#told.add(code)
    this.#onEvent({ event: 'warning', code, message, hint })
  }
}

/** Why there is no file at the end of a session that carried nothing for it. */
export function nothingArrived(path: string, kinds: readonly MediaKind[]): PeerError {
  const what = kinds.join(' or ')
  return new PeerError('CHECK_FAILED', `Nothing was recorded to ${path}: the peer sent no ${what}.`, {
    hint: 'Does the other side send something, such as with --video bars --audio tone?',
  })
}
