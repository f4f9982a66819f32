import { AsyncQueue } from '../../async/async-queue.js'
import { fitFrame } from '../fit-frame.js'
import type { AudioBlock, VideoFrame } from '../ports.js'
import { createAudioTimeline, type AudioTimeline } from './audio-timeline.js'
import type { RecordedTracks, RecordingWriter } from './ports.js'

/** What may wait for an encoder: about 2 s of 720p at 30. Pictures beyond are dropped, the next one shows the moment. */
const MAX_QUEUED_BYTES = 96 * 1024 * 1024

/** Sound is small, and a hole in it is heard: it may wait longer. */
const MAX_QUEUED_AUDIO_BYTES = MAX_QUEUED_BYTES + 8 * 1024 * 1024

/** Milliseconds after which a picture that still stands is written again: players and muxers wait for both streams. */
const STILL_MS = 1_000

/** Sound this far behind, in milliseconds, does not come any more. */
const SILENT_MS = 500
/** What may still be on its way when silence is written. */
const SILENCE_MARGIN_MS = 100

export interface SegmentCounts {
  /** Pictures that were received and written. */
  frames: number
  framesDropped: number
}

type Item =
  | { kind: 'video'; data: Uint8Array; timeMs: number; isReceived: boolean }
  | { kind: 'audio'; samples: Int16Array; timeMs: number }

/** One file of a recording: takes what arrives without waiting, and writes it as fast as the writer can. */
export class Segment {
  readonly tracks: RecordedTracks
  readonly counts: SegmentCounts = { frames: 0, framesDropped: 0 }
  readonly #queue = new AsyncQueue<Item>()
  readonly #opened: Promise<RecordingWriter>
  readonly #written: Promise<void>
  readonly #sound: AudioTimeline | undefined
  #queuedBytes = 0
  #finishing: { hurry: boolean } | undefined
  #still: { data: Uint8Array; timeMs: number } | undefined

  constructor(tracks: RecordedTracks, open: () => Promise<RecordingWriter>) {
    this.tracks = tracks
    this.#sound =
      tracks.audio &&
      createAudioTimeline(tracks.audio, (samples, timeMs) => this.#push({ kind: 'audio', samples, timeMs }))
    this.#opened = open()
    this.#written = this.#opened.then((writer) => this.#drain(writer))
    this.#written.catch(() => undefined) // `failed` and `finish` tell
  }

  /** Rejects as soon as the file cannot be written; never resolves. */
  get failed(): Promise<never> {
    return this.#written.then(() => new Promise<never>(() => undefined))
  }

  /** Takes a picture that came at `timeMs` of this file. */
  addFrame(frame: VideoFrame, timeMs: number): void {
    const { video } = this.tracks
    if (!video || this.#finishing) return
    const fitted = fitFrame(frame, video)
    const data = fitted === frame ? frame.data.slice() : fitted.data
    // The first picture stands from the beginning, as the sound does; two never share a millisecond.
    const at = this.#still ? Math.max(Math.round(timeMs), this.#still.timeMs + 1) : 0
    this.#still = { data, timeMs: at }
    if (this.#push({ kind: 'video', data, timeMs: at, isReceived: true })) this.counts.frames++
    else this.counts.framesDropped++
  }

  /** Takes sound that ended at `timeMs` of this file. */
  addBlock(block: AudioBlock, timeMs: number): void {
    if (!this.#finishing) this.#sound?.push(block, timeMs)
  }

  /** Fills what has been missing for long until `timeMs`. */
  fillGaps(timeMs: number): void {
    if (this.#still && timeMs - this.#still.timeMs >= STILL_MS) this.#repeatStill(timeMs)
    if (this.#sound && timeMs - this.#sound.positionMs > SILENT_MS) {
      this.#sound.fillUntil(timeMs - SILENCE_MARGIN_MS)
    }
  }

  /**
   * Completes the file at `endMs`; `hurry` leaves out the pictures that still wait. Rejects where it cannot be written,
   * and resolves with its size in bytes.
   */
  async finish(endMs: number, { hurry = false } = {}): Promise<{ path: string; bytes: number }> {
    const frameMs = 1000 / (this.tracks.video?.frameRate ?? 1)
    if (this.#still && endMs - this.#still.timeMs > 2 * frameMs) this.#repeatStill(endMs - frameMs)
    this.#sound?.fillUntil(endMs)
    this.#finishing = { hurry }
    this.#queue.end()
    const writer = await this.#opened
    try {
      await this.#written
      await writer.finish(endMs)
      return { path: writer.path, bytes: await writer.size() }
    } finally {
      await writer[Symbol.asyncDispose]()
    }
  }

  async #drain(writer: RecordingWriter): Promise<void> {
    for await (const item of this.#queue) {
      this.#queuedBytes -= bytesOf(item)
      if (item.kind === 'audio') await writer.writeAudio(item.samples, item.timeMs)
      else if (this.#finishing?.hurry && this.#queue.size > 0) this.#leaveOut(item)
      else await writer.writeVideo(item.data, item.timeMs)
    }
  }

  #leaveOut({ isReceived }: { isReceived: boolean }): void {
    // One that stood for longer was written again, but came only once.
    if (!isReceived) return
    this.counts.frames--
    this.counts.framesDropped++
  }

  #repeatStill(timeMs: number): void {
    if (!this.#still) return
    this.#still = { data: this.#still.data, timeMs: Math.round(timeMs) }
    this.#push({ kind: 'video', ...this.#still, isReceived: false })
  }

  /** False where the queue is full. */
  #push(item: Item): boolean {
    const limit = item.kind === 'video' ? MAX_QUEUED_BYTES : MAX_QUEUED_AUDIO_BYTES
    if (this.#queuedBytes + bytesOf(item) > limit) return false
    this.#queuedBytes += bytesOf(item)
    this.#queue.push(item)
    return true
  }
}

function bytesOf(item: Item): number {
  return item.kind === 'video' ? item.data.byteLength : item.samples.byteLength
}
