import type { PeerEventOf } from '../../events.js'
import { createAudioFeed } from '../../media/audio-feed.js'
import { isDrawnAudio, isDrawnVideo } from '../../media/drawn-source.js'
import type { Feed, FeedMode } from '../../media/feed.js'
import type {
  AudioBlock,
  AudioFormat,
  AudioOutput,
  AudioSource,
  MediaSource,
  VideoFrame,
  VideoOutput,
  VideoSource,
} from '../../media/ports.js'
import { TrackSending } from '../../media/track-sending.js'
import { createVideoFeed } from '../../media/video-feed.js'
import type { VideoSize } from '../../media/video-size.js'
import type { MediaAnnouncement } from '../../session/control-message.js'
import type { AudioPlan, TrackPlan, VideoPlan } from './media-plan.js'

type SourceEvent = PeerEventOf<'source'>

/** A track that is sent, and what of its source is told: to the user by name, to the peer only what it may know. */
interface SentTrack<Plan, Source extends MediaSource, Item, Announced> extends AsyncDisposable {
  readonly sending: TrackSending<Feed<Source, Item>>
  /** What is behind it now. */
  readonly plan: Plan
  /** Another source behind the same track, which begins at that moment; the one before is disposed. */
  switchTo(plan: Plan, source: Source, startMs: number): Promise<void>
  describe(state: SourceEvent['state']): SourceEvent
  announce(): Announced
}

export type SentVideo = SentTrack<VideoPlan, VideoSource, VideoFrame, MediaAnnouncement['video']>
export type SentAudio = SentTrack<AudioPlan, AudioSource, AudioBlock, MediaAnnouncement['audio']>

/** Owns the source and the output from now on. */
export function createSentVideo(plan: VideoPlan, source: VideoSource, output: VideoOutput): SentVideo {
  return createSentTrack(plan, createVideoFeed(source, output, { stages: plan.stages }), output, {
    kind: 'video',
    shape: ({ size }) => size,
    announce: ({ spec, name, filter }, { size }, mode) => ({
      source: isDrawnVideo(spec) ? name : spec.kind,
      filter,
      ...size,
      mode,
    }),
  })
}

/** As `createSentVideo`. */
export function createSentAudio(plan: AudioPlan, source: AudioSource, output: AudioOutput): SentAudio {
  return createSentTrack(plan, createAudioFeed(source, output, { stages: plan.stages }), output, {
    kind: 'audio',
    shape: ({ format }) => format,
    announce: ({ spec, name }, _source, mode) => ({ source: isDrawnAudio(spec) ? name : spec.kind, mode }),
  })
}

/** What is particular to pictures or to sound. */
interface TrackWords<Plan, Source, Announced> {
  kind: SourceEvent['kind']
  /** The size and rate of its pictures, or the format of its sound. */
  shape: (source: Source) => VideoSize | AudioFormat
  /** What can be drawn again is named as it was written; of anything else, a local path may be, only what kind it is. */
  announce: (plan: Plan, source: Source, mode: FeedMode) => Announced
}

function createSentTrack<Plan extends TrackPlan<unknown, Item>, Source extends MediaSource, Item, Announced>(
  plan: Plan,
  feed: Feed<Source, Item>,
  output: Pick<VideoOutput, 'track'> & AsyncDisposable,
  { kind, shape, announce }: TrackWords<Plan, Source, Announced>,
): SentTrack<Plan, Source, Item, Announced> {
  let sent = plan
  return {
    sending: new TrackSending(feed, output.track, plan.parameters),
    get plan() {
      return sent
    },
    async switchTo(next, source, atMs) {
      sent = next
      await feed.switchTo(source, { atMs, stages: next.stages })
    },
    describe: (state) => ({
      event: 'source',
      state,
      kind,
      source: sent.name,
      ...shape(feed.source),
      ...feed.counters,
    }),
    announce: () => announce(sent, feed.source, feed.mode),
    async [Symbol.asyncDispose]() {
      await feed[Symbol.asyncDispose]()
      await output[Symbol.asyncDispose]()
    },
  }
}
