import { Feed, type FeedKind, type FeedOptions } from './feed.js'
import type { AudioBlock, AudioOutput, AudioSource } from './ports.js'

export type AudioFeed = Feed<AudioSource, AudioBlock>

/** Milliseconds; libwebrtc takes audio in blocks of 10 ms only. */
const BLOCK_MS = 10

/** 200 ms: a busy event loop must not be heard as gaps; the receiver's jitter buffer takes the burst. */
const MAX_CATCH_UP = 20

/** Owns the source from now on, and writes its blocks through the stages to the track, one each 10 ms. */
export function createAudioFeed(
  source: AudioSource,
  output: Pick<AudioOutput, 'write'>,
  options: FeedOptions<AudioBlock> = {},
): AudioFeed {
  const kind: FeedKind<AudioSource, AudioBlock> = {
    maxCatchUp: MAX_CATCH_UP,
    intervalMs: () => BLOCK_MS,
    take: (from, index) => from.next(index),
    muted: (block) => ({ ...block, samples: new Int16Array(block.samples.length) }),
    copy: (block) => ({ ...block, samples: block.samples.slice() }),
    write: (block) => output.write(block),
  }
  return new Feed(source, kind, options)
}
