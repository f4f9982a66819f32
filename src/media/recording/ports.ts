/** What a recording holds, fixed when it begins: a container cannot take another stream or size later. */
export interface RecordedTracks {
  video?: RecordedVideo
  audio?: RecordedAudio
}

export interface RecordedVideo {
  width: number
  height: number
  /** Frames per second, as far as it was measured: a hint for rate control, and the grid of formats without timestamps. */
  frameRate: number
}

export interface RecordedAudio {
  /** Hz. */
  sampleRate: number
  channelCount: number
}

/**
 * What makes the file. Times are milliseconds from its beginning and only grow within a track; sound has no gaps.
 * Awaiting a write is back-pressure; it rejects with NO_SPACE or IO_ERROR. Disposing gives up without waiting for what
 * is left, and keeps the file.
 */
export interface RecordingWriter extends AsyncDisposable {
  readonly path: string
  /** An I420 picture of exactly the size that was recorded. */
  writeVideo(data: Uint8Array, timeMs: number): Promise<void>
  /** Interleaved 16-bit samples. */
  writeAudio(samples: Int16Array, timeMs: number): Promise<void>
  /** Completes the file; what was written last lasts until `endMs`. */
  finish(endMs: number): Promise<void>
  /** Bytes of the file so far. */
  size(): Promise<number>
}

/** Opens the file of a segment, the first is 0. */
export type OpenRecordingWriter = (tracks: RecordedTracks, segment: number) => Promise<RecordingWriter>
