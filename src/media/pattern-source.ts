import type { AudioFormat, AudioPattern, AudioSource, VideoPattern, VideoSource } from './ports.js'
import type { VideoSize } from './video-size.js'

/** What is drawn has no end and nothing to close. */
const ENDLESS = {
  ended: new Promise<void>(() => undefined),
  dropped: null,
  [Symbol.asyncDispose]: async () => undefined,
}

/** A picture that is drawn, as a source. */
export function createPatternVideo(pattern: VideoPattern, size: VideoSize): VideoSource {
  return { ...ENDLESS, size, draw: (index) => pattern.draw(index) }
}

/** Sound that is computed, as a source; the pattern's blocks have to have the format named. */
export function createPatternAudio(pattern: AudioPattern, format: AudioFormat): AudioSource {
  return { ...ENDLESS, format, next: (index) => pattern.next(index) }
}
