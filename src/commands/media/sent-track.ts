import type { PeerEventOf } from '../../events.js'
import { isDrawnAudio, isDrawnVideo } from '../../media/drawn-source.js'
import { createAudioFeed } from '../../media/audio-feed.js'
import type { AudioOutput, AudioSource, VideoOutput, VideoSource } from '../../media/ports.js'
import { TrackSending, type AudioSending, type VideoSending } from '../../media/track-sending.js'
import { createVideoFeed } from '../../media/video-feed.js'
import type { MediaAnnouncement } from '../../session/control-message.js'
import type { AudioPlan, VideoPlan } from './media-plan.js'

type SourceEvent = PeerEventOf<'source'>

/** A track that is sent, and what of its source is told: to the user by name, to the peer only what it may know. */
interface SentTrack<Sending, Plan, Source, Announced> extends AsyncDisposable {
  readonly sending: Sending
  /** What is behind it now. */
  readonly plan: Plan
  /** Another source behind the same track, which begins at that moment; the one before is disposed. */
  switchTo(plan: Plan, source: Source, startMs: number): Promise<void>
  describe(state: SourceEvent['state']): SourceEvent
  announce(): Announced
}

export type SentVideo = SentTrack<VideoSending, VideoPlan, VideoSource, MediaAnnouncement['video']>
export type SentAudio = SentTrack<AudioSending, AudioPlan, AudioSource, MediaAnnouncement['audio']>

/** Owns the source and the output from now on. */
export function createSentVideo(plan: VideoPlan, source: VideoSource, output: VideoOutput): SentVideo {
  const feed = createVideoFeed(source, output, { stages: plan.stages })
  let sent = plan
  return {
    sending: new TrackSending(feed, output.track, plan.parameters),
    get plan() {
      return sent
    },
    async switchTo(next, nextSource, atMs) {
      sent = next
      await feed.switchTo(nextSource, { atMs, stages: next.stages })
    },
    describe: (state) => ({
      event: 'source',
      state,
      kind: 'video',
      source: sent.name,
      ...feed.source.size,
      ...feed.counters,
    }),
    announce: () => ({
      // What can be drawn again is named as it was written; of anything else, a local path may be, only what kind it is.
      source: isDrawnVideo(sent.spec) ? sent.name : sent.spec.kind,
      filter: sent.filter,
      ...feed.source.size,
      mode: feed.mode,
    }),
    async [Symbol.asyncDispose]() {
      await feed[Symbol.asyncDispose]()
      await output[Symbol.asyncDispose]()
    },
  }
}

/** As `createSentVideo`. */
export function createSentAudio(plan: AudioPlan, source: AudioSource, output: AudioOutput): SentAudio {
  const feed = createAudioFeed(source, output, { stages: plan.stages })
  let sent = plan
  return {
    sending: new TrackSending(feed, output.track, plan.parameters),
    get plan() {
      return sent
    },
    async switchTo(next, nextSource, atMs) {
      sent = next
      await feed.switchTo(nextSource, { atMs, stages: next.stages })
    },
    describe: (state) => ({
      event: 'source',
      state,
      kind: 'audio',
      source: sent.name,
      ...feed.source.format,
      ...feed.counters,
    }),
    announce: () => ({ source: isDrawnAudio(sent.spec) ? sent.name : sent.spec.kind, mode: feed.mode }),
    async [Symbol.asyncDispose]() {
      await feed[Symbol.asyncDispose]()
      await output[Symbol.asyncDispose]()
    },
  }
}
