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

/** What makes pictures. A frame is valid until the next `draw`: whoever keeps it longer copies it. */
export interface VideoSource {
  /** The picture of a moment: `frameIndex / frameRate` seconds from the start. */
  draw(frameIndex: number): VideoFrame
}

/** What makes sound: each call gives the 10 ms after those of the call before. */
export interface AudioSource {
  next(): AudioBlock
}
