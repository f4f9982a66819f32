import { delay } from '../../async/delay.js'
import type { PaceClock } from '../../async/pace.js'
import { PeerError, toPeerError } from '../../errors.js'
import type { ReportEvent } from '../../events.js'
import type { MediaKind } from '../../sdp/media-kind.js'
import type { TrackConsumer, TrackTap } from '../track-hub.js'
import type { OpenRecordingWriter, RecordedTracks } from './ports.js'
import { createRecentTracks } from './recent-tracks.js'
import { RecordingClock } from './recording-clock.js'
import { nothingArrived, RecordingReport } from './recording-report.js'
import { Segment } from './segment.js'
import { createStartGate, type Arrival, type StartGate } from './start-gate.js'
import { createTrackSlot } from './track-slot.js'

/** How often gaps are looked for, in milliseconds. */
const TICK_MS = 200

/** A tick this late, in milliseconds, met a busy process: what came meanwhile is delivered after it. */
const LATE_TICK_MS = 100

const NO_FRAMES = { frames: 0, framesDropped: 0 }

export interface RecorderOptions {
  /** As the user named it; events of segments have their own paths. */
  path: string
  kinds: readonly MediaKind[]
  openWriter: OpenRecordingWriter
  /** Begins a new file this often. */
  segmentMs?: number | undefined
  onEvent: ReportEvent
  clock?: PaceClock
}

/** Records the received tracks of one session to one file, or to one after the other. */
export interface Recorder {
  readonly path: string
  readonly tap: TrackTap
  /** Leaves out what comes until `resume`; the file goes on where it stopped, without a gap. */
  pause(): void
  resume(): void
  /**
   * Records until the signal aborts, then completes the file. Never rejects: a failure ends the recording and not the
   * session, and is given by `failure`.
   */
  run(signal: AbortSignal): Promise<void>
  /** Why there is no whole file; undefined where there is one, and as long as nothing has failed. */
  readonly failure: PeerError | undefined
}

export function createRecorder(options: RecorderOptions): Recorder {
  return new TrackRecorder(options)
}

type State =
  | { state: 'waiting'; gate: StartGate }
  | { state: 'recording'; segment: Segment; startMs: number; number: number }
  | { state: 'completing' }
  | { state: 'ended'; failure: PeerError | undefined }

class TrackRecorder implements Recorder {
  readonly path: string
  readonly #options: RecorderOptions
  readonly #clock: PaceClock
  readonly #recorded: RecordingClock
  readonly #report: RecordingReport
  readonly #slots = { video: createTrackSlot(), audio: createTrackSlot() }
  readonly #recent = createRecentTracks()
  #state: State
  /** Files that are being completed while the next one is recorded already. */
  readonly #finishing = new Set<Promise<void>>()

  constructor(options: RecorderOptions) {
    this.path = options.path
    this.#options = options
    this.#clock = options.clock ?? { now: () => performance.now(), delay }
    this.#recorded = new RecordingClock(this.#clock)
    this.#report = new RecordingReport(options.path, options.onEvent)
    this.#state = { state: 'waiting', gate: createStartGate(options.kinds) }
  }

  get failure(): PeerError | undefined {
    return this.#state.state === 'ended' ? this.#state.failure : undefined
  }

  readonly tap: TrackTap = ({ kind, id }) => {
    if (!this.#options.kinds.includes(kind)) return undefined
    if (this.#state.state === 'waiting') this.#state.gate.announce(kind)
    return this.#consume(id)
  }

  pause(): void {
    if (this.#recorded.isPaused || this.#isOver) return
    if (this.#state.state === 'recording') this.#state.segment.fillGaps(this.#timeInSegment())
    this.#recorded.pause()
    this.#reportState('paused')
  }

  resume(): void {
    if (!this.#recorded.isPaused || this.#isOver) return
    this.#recorded.resume()
    this.#reportState('recording')
  }

  async run(signal: AbortSignal): Promise<void> {
    let expectedMs = this.#clock.now() + TICK_MS
    while (!signal.aborted && this.#state.state !== 'ended') {
      await this.#clock.delay(TICK_MS, { signal }).catch(() => undefined) // the signal aborted: the loop ends
      const nowMs = this.#clock.now()
      if (nowMs - expectedMs < LATE_TICK_MS) this.#tick(nowMs)
      expectedMs = nowMs + TICK_MS
    }
    await this.#finish({ hurry: signal.reason instanceof PeerError && signal.reason.code === 'INTERRUPTED' })
  }

  #consume(trackId: string): TrackConsumer {
    return {
      onFrame: (frame, atMs) => {
        if (this.#slots.video.accepts(trackId, true, atMs)) this.#take({ kind: 'video', frame, atMs })
      },
      onBlock: (block, atMs) => {
        const isActive = block.samples.some((sample) => sample !== 0)
        if (this.#slots.audio.accepts(trackId, isActive, atMs)) this.#take({ kind: 'audio', block, atMs })
      },
      [Symbol.asyncDispose]: async () => undefined,
    }
  }

  #take(arrival: Arrival): void {
    this.#recent.add(arrival)
    if (this.#recorded.isPaused) return
    switch (this.#state.state) {
      case 'waiting':
        this.#state.gate.add(copyOf(arrival))
        this.#startWhenClear(this.#state.gate, arrival.atMs)
        return
      case 'recording':
        this.#startNextWhenDue(arrival.atMs)
        this.#add(arrival)
        return
      case 'completing':
      case 'ended':
        return
      default:
        this.#state satisfies never
    }
  }

  #add(arrival: Arrival): void {
    if (this.#state.state !== 'recording') return
    const { segment } = this.#state
    if (!segment.tracks[arrival.kind]) {
      const inNextSegment = this.#options.segmentMs !== undefined
      return this.#report.lateTrack(arrival.kind, { inNextSegment })
    }
    const timeMs = this.#timeInSegment(arrival.atMs)
    if (arrival.kind === 'video') segment.addFrame(arrival.frame, timeMs)
    else segment.addBlock(arrival.block, timeMs)
    if (segment.counts.framesDropped > 0) this.#report.tooSlow()
  }

  #tick(nowMs: number): void {
    if (this.#recorded.isPaused) return
    if (this.#state.state === 'waiting') this.#startWhenClear(this.#state.gate, nowMs)
    this.#startNextWhenDue(nowMs)
    if (this.#state.state === 'recording') this.#state.segment.fillGaps(this.#timeInSegment(nowMs))
  }

  #startWhenClear(gate: StartGate, nowMs: number): void {
    const tracks = gate.decide(nowMs)
    if (tracks) this.#startWith(gate, tracks)
  }

  #startWith(gate: StartGate, tracks: RecordedTracks): void {
    this.#startSegment(tracks, { startMs: 0, number: 0 })
    for (const arrival of gate.waiting) {
      this.#startNextWhenDue(arrival.atMs)
      this.#add(arrival)
    }
  }

  #startNextWhenDue(nowMs: number): void {
    const { segmentMs } = this.#options
    if (this.#state.state !== 'recording' || segmentMs === undefined) return
    const { segment, startMs, number } = this.#state
    if (this.#recorded.timeOf(nowMs) < startMs + segmentMs) return
    this.#track(this.#complete(segment, segmentMs))
    const tracks = this.#recent.next(segment.tracks, nowMs)
    this.#startSegment(tracks, { startMs: startMs + segmentMs, number: number + 1 })
  }

  #startSegment(tracks: RecordedTracks, { startMs, number }: { startMs: number; number: number }): void {
    const segment = new Segment(tracks, () => this.#options.openWriter(tracks, number))
    this.#state = { state: 'recording', segment, startMs, number }
    segment.failed.catch((error: unknown) => this.#fail(segment, error))
    this.#report.state('recording', { durationMs: startMs, counts: NO_FRAMES })
  }

  async #finish({ hurry }: { hurry: boolean }): Promise<void> {
    // A call shorter than what is waited for is recorded all the same.
    if (this.#state.state === 'waiting') {
      const { gate } = this.#state
      const tracks = gate.decide(Number.POSITIVE_INFINITY)
      if (tracks) this.#startWith(gate, tracks)
      else this.#state = { state: 'ended', failure: nothingArrived(this.path, this.#options.kinds) }
    }
    const state = this.#state
    if (state.state === 'recording') {
      const endMs = this.#timeInSegment()
      this.#track(this.#complete(state.segment, endMs, { hurry }))
      // The binding hands over silence after the end too: nothing may begin another file while these are completed.
      this.#state = { state: 'completing' }
    }
    await Promise.all(this.#finishing)
    if (this.#state.state !== 'ended') this.#state = { state: 'ended', failure: undefined }
  }

  async #complete(segment: Segment, endMs: number, { hurry = false } = {}): Promise<void> {
    try {
      const { path, bytes } = await segment.finish(endMs, { hurry })
      this.#report.state('finished', { path, bytes, durationMs: endMs, counts: segment.counts })
    } catch (error) {
      this.#fail(segment, error)
    }
  }

  #track(promise: Promise<void>): void {
    this.#finishing.add(promise)
    void promise.finally(() => this.#finishing.delete(promise)) // never rejects
  }

  #fail(segment: Segment, thrown: unknown): void {
    if (this.#state.state === 'ended') return
    const failure = toPeerError(thrown)
    this.#report.state('failed', { durationMs: this.#recorded.timeOf(), counts: segment.counts })
    this.#state = { state: 'ended', failure }
    this.#report.failure(failure)
    // The writer goes with it; what it has written stays.
    this.#track(
      segment.finish(0).then(
        () => undefined,
        () => undefined,
      ),
    )
  }

  #reportState(state: 'recording' | 'paused'): void {
    const counts = this.#state.state === 'recording' ? this.#state.segment.counts : NO_FRAMES
    this.#report.state(state, { durationMs: this.#recorded.timeOf(), counts })
  }

  get #isOver(): boolean {
    return this.#state.state === 'completing' || this.#state.state === 'ended'
  }

  /** Milliseconds since the segment began. */
  #timeInSegment(atMs?: number): number {
    return this.#recorded.timeOf(atMs) - (this.#state.state === 'recording' ? this.#state.startMs : 0)
  }
}

function copyOf(arrival: Arrival): Arrival {
  return arrival.kind === 'video'
    ? { ...arrival, frame: { ...arrival.frame, data: arrival.frame.data.slice() } }
    : { ...arrival, block: { ...arrival.block, samples: arrival.block.samples.slice() } }
}
