import { pace, type PaceClock, type PaceCounters } from '../async/pace.js'
import type { AudioOutput, AudioSource, VideoOutput, VideoSource } from './ports.js'

export interface PumpOptions {
  clock?: PaceClock
  signal: AbortSignal
}

/** A picture that is older than one frame is of no use to anyone: show the moment instead. */
const VIDEO_MAX_CATCH_UP = 1

/** Milliseconds; libwebrtc takes audio in blocks of 10 ms only. */
const AUDIO_BLOCK_MS = 10

/** 200 ms: a busy event loop must not be heard as gaps; the receiver's jitter buffer takes the burst. */
const AUDIO_MAX_CATCH_UP = 20

/**
 * Writes `source` to `output` at `frameRate` frames per second until `signal` aborts; resolves with the counts of
 * frames written and dropped.
 */
export function pumpVideo(
  source: VideoSource,
  output: Pick<VideoOutput, 'write'>,
  { frameRate, clock, signal }: PumpOptions & { frameRate: number },
): Promise<PaceCounters> {
  return pace({
    intervalMs: 1000 / frameRate,
    maxCatchUp: VIDEO_MAX_CATCH_UP,
    onTick: (index) => output.write(source.draw(index)),
    clock,
    signal,
  })
}

/**
 * Writes `source` to `output` in blocks of 10 ms until `signal` aborts; resolves with the counts of blocks written
 * and dropped. A dropped block is not taken from the source, so a tone goes on without a step.
 */
export function pumpAudio(
  source: AudioSource,
  output: Pick<AudioOutput, 'write'>,
  { clock, signal }: PumpOptions,
): Promise<PaceCounters> {
  return pace({
    intervalMs: AUDIO_BLOCK_MS,
    maxCatchUp: AUDIO_MAX_CATCH_UP,
    onTick: () => output.write(source.next()),
    clock,
    signal,
  })
}
