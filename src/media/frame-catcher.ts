import { abortable } from '../async/abortable.js'
import { deferred, type Deferred } from '../async/deferred.js'
import type { VideoFrame } from './ports.js'
import type { TrackTap } from './track-hub.js'

/** Single pictures out of what arrives, each a copy of its own. */
export interface FrameCatcher {
  readonly tap: TrackTap
  /** The next picture that comes; rejects with the signal's reason. */
  next(signal: AbortSignal): Promise<VideoFrame>
}

export function createFrameCatcher(): FrameCatcher {
  let waiting: Deferred<VideoFrame> | undefined
  return {
    tap: ({ kind }) =>
      kind === 'video'
        ? {
            onFrame(frame) {
              waiting?.resolve({ ...frame, data: frame.data.slice() })
              waiting = undefined
            },
            [Symbol.asyncDispose]: async () => undefined,
          }
        : undefined,
    next(signal) {
      waiting ??= deferred()
      return abortable(waiting.promise, signal)
    },
  }
}
