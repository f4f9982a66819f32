import { drawBarcode } from '../barcode/draw-barcode.js'
import type { FrameMark } from '../barcode/mark.js'
import { createVideoPattern, isDrawnVideo } from '../drawn-source.js'
import { createFrameFilter } from '../filter/frame-filter.js'
import { parseFilterList } from '../filter/parse-filter.js'
import type { VideoFrame, VideoPattern } from '../ports.js'
import { parseVideoSource } from '../source-spec.js'
import type { VideoSize } from '../video-size.js'

/** What a peer says of the pictures it sends. */
export interface AnnouncedVideo extends VideoSize {
  /** As `--video` and `--filter` take them; the filter is empty where there is none. */
  source: string
  filter: string
}

/** Draws the very picture that was sent with a mark, before it was encoded; valid until the next call. */
export type DrawReference = (mark: FrameMark) => VideoFrame

/**
 * How to draw what is announced; undefined where that cannot be drawn again (a file, a camera, or a source that only
 * the peer knows). Nothing that a peer announces makes this side open anything.
 */
export function createReference(announced: AnnouncedVideo): DrawReference | undefined {
  const drawn = readAnnounced(announced)
  if (drawn === undefined) return undefined
  const { pattern, filter } = drawn
  return (mark) => {
    const frame = pattern.draw(mark.index)
    // The pattern's own picture stays as it is: the barcode is drawn over a copy.
    const sent = filter({ ...frame, data: Uint8Array.from(frame.data) })
    drawBarcode(sent, mark)
    return sent
  }
}

function readAnnounced(announced: AnnouncedVideo) {
  try {
    const pattern = createPattern(announced)
    const filters = announced.filter === '' ? [] : parseFilterList(announced.filter, '--filter')
    return pattern && { pattern, filter: createFrameFilter(filters) }
  } catch {
    // A source or a filter that a newer version knows.
    return undefined
  }
}

function createPattern({ source, ...size }: AnnouncedVideo): VideoPattern | undefined {
  const spec = parseVideoSource(source)
  return isDrawnVideo(spec) ? createVideoPattern(spec, size) : undefined
}
