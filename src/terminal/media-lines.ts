import type { PeerEventOf } from '../events.js'
import { formatBytes, formatCount, formatDuration } from './format.js'
import { plainLines, type OutputLine } from './output-line.js'
import { printable } from './printable.js'

/** That a recording begins, stops for a while, goes on, and what became of it. */
export function recordingLines(event: PeerEventOf<'recording'>): OutputLine[] {
  const { state, durationMs, bytes, frames, framesDropped } = event
  const path = printable(event.path)
  switch (state) {
    case 'recording':
      return plainLines('talk', durationMs === 0 ? `records to ${path}` : `goes on recording to ${path}`)
    case 'paused':
      return plainLines('talk', `recording to ${path} pauses after ${formatDuration(durationMs)}`)
    case 'finished': {
      const pictures = frames === 0 ? '' : `, ${formatCount(frames, 'picture')}`
      const dropped = framesDropped === 0 ? '' : `, ${framesDropped} left out`
      const facts = `${formatDuration(durationMs)}, ${formatBytes(bytes)}${pictures}${dropped}`
      return plainLines('result', `recorded ${path}: ${facts}`)
    }
    case 'failed':
      return plainLines('talk', `recording to ${path} failed after ${formatDuration(durationMs)}`)
    default:
      return state satisfies never
  }
}

/** A picture that was taken. */
export function snapshotLines({ path, width, height, bytes }: PeerEventOf<'snapshot'>): OutputLine[] {
  return plainLines('result', `snapshot ${printable(path)}: ${width}x${height}, ${formatBytes(bytes)}`)
}
