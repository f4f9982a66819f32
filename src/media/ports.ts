import type { VideoSize } from './video-size.js'

/** One picture in I420: a full Y plane, then U and V at half width and half height (rounded up). */
export interface VideoFrame {
  width: number
  height: number
  /** Exactly `i420Bytes(width, height)` long, on a buffer of its own (the binding checks `buffer.byteLength`). */
  data: Uint8Array
}

/** 10 ms of interleaved 16-bit PCM. */
export interface AudioBlock {
  samples: Int16Array
  /** Hz. */
  sampleRate: number
  channelCount: number
}

/** Where a source's frames go: one outgoing track. */
export interface VideoOutput extends AsyncDisposable {
  readonly track: MediaStreamTrack
  write(frame: VideoFrame): void
}

export interface AudioOutput extends AsyncDisposable {
  readonly track: MediaStreamTrack
  write(block: AudioBlock): void
}

/** Bytes of an I420 picture (odd sizes round the chroma planes up). */
export function i420Bytes(width: number, height: number): number {
  return width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2)
}

/** Pictures that follow from their number alone. A frame is valid until the next `draw`: whoever keeps it longer copies it. */
export interface VideoPattern {
  /** The picture of a moment: `frameIndex / frameRate` seconds from the start. */
  draw(frameIndex: number): VideoFrame
}

/** Sound that is made as it is asked for. */
export interface AudioPattern {
  /** 10 ms of sound; `blockIndex` counts them from the start, with gaps where some came too late to be heard. */
  next(blockIndex: number): AudioBlock
}

/** What any source has, drawn here or streamed: it is open, may end, and is disposed. */
export interface MediaSource extends AsyncDisposable {
  /** Resolves when nothing more will come, rejects with a PeerError when it broke; a pattern does neither. */
  readonly ended: Promise<void>
  /**
   * Pictures or blocks that came and were passed over, because a later one was due already; null where each is made
   * when it is asked for.
   */
  readonly dropped: number | null
}

/**
 * Where pictures come from, the same for what is drawn, read from a file and captured: the size and the rate are known
 * once it is open, and whoever paces it asks for what is due.
 */
export interface VideoSource extends MediaSource {
  readonly size: VideoSize
  /**
   * The picture that is due at slot `frameIndex` (each asked for at most once, in order), or the newest before it that
   * was not drawn yet; null where there is nothing new. It is read-only, and valid until the next `draw`.
   */
  draw(frameIndex: number): VideoFrame | null
}

/** The format of the blocks of a source. */
export interface AudioFormat {
  /** Hz; a multiple of 100, because a block is exactly 10 ms. */
  sampleRate: number
  channelCount: number
}

export interface AudioSource extends MediaSource {
  readonly format: AudioFormat
  /** The 10 ms that are due at slot `blockIndex` (each asked for at most once, in order); null where there are none. */
  next(blockIndex: number): AudioBlock | null
}

/** Where in the stream a picture or block is. */
export interface MediaMoment {
  /** Its slot in the source: a pattern draws the same picture again from it. Starts over with another source. */
  index: number
  /** Pictures or blocks written to the track before it, whatever the source was. */
  sequence: number
}

/**
 * One step between the source and the track, such as a filter: it gets a picture or block that nobody else uses, and
 * may change and return that one, or return another.
 */
export type MediaStage<Item> = (item: Item, moment: MediaMoment) => Item

/** It may write into `frame.data` and return the frame, or return one on a buffer of its own. */
export type VideoStage = MediaStage<VideoFrame>

/** As `VideoStage`, for 10 ms of sound. */
export type AudioStage = MediaStage<AudioBlock>
