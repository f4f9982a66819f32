import { Feed, type FeedKind, type FeedOptions } from './feed.js'
import { i420Bytes, type VideoFrame, type VideoOutput, type VideoSource } from './ports.js'

export type VideoFeed = Feed<VideoSource, VideoFrame>

/** A picture that is older than one frame is of no use to anyone: show the moment instead. */
const MAX_CATCH_UP = 1

/** Owns the source from now on, and writes its pictures through the stages to the track at their rate. */
export function createVideoFeed(
  source: VideoSource,
  output: Pick<VideoOutput, 'write'>,
  options: FeedOptions<VideoFrame> = {},
): VideoFeed {
  const copy = createScratchFrame()
  const black = createScratchFrame()
  const kind: FeedKind<VideoSource, VideoFrame> = {
    maxCatchUp: MAX_CATCH_UP,
    intervalMs: ({ size }) => 1000 / size.frameRate,
    take: (from, index) => from.draw(index),
    muted: (frame) => blacken(black(frame)),
    copy(frame) {
      const own = copy(frame)
      own.data.set(frame.data)
      return own
    },
    write: (frame) => output.write(frame),
  }
  return new Feed(source, kind, options)
}

type Size = Pick<VideoFrame, 'width' | 'height'>

/** A frame that is used again and again, as long as the size stays. */
function createScratchFrame(): (size: Size) => VideoFrame {
  let frame: VideoFrame | undefined
  return ({ width, height }) => {
    if (frame?.width !== width || frame.height !== height)
      frame = { width, height, data: new Uint8Array(i420Bytes(width, height)) }
    return frame
  }
}

/** Black in limited range (ITU-R BT.601): luma 16, no colour. */
function blacken(frame: VideoFrame): VideoFrame {
  frame.data.fill(16, 0, frame.width * frame.height)
  frame.data.fill(128, frame.width * frame.height)
  return frame
}
