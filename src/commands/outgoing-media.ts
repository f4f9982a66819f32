import { Disposables } from '../async/disposables.js'
import { createBars } from '../media/bars.js'
import type { FilterFunction } from '../media/filter/filter-function.js'
import { createAudioFeed, createVideoFeed, type AudioFeed, type VideoFeed } from '../media/feed.js'
import { createPatternAudio, createPatternVideo } from '../media/pattern-source.js'
import type { AudioSource, AudioStage, VideoSource, VideoStage } from '../media/ports.js'
import { createSilence } from '../media/silence.js'
import {
  parseAudioSource,
  parseVideoSource,
  type AudioSourceSpec,
  type VideoSourceSpec,
} from '../media/source-spec.js'
import { createTone } from '../media/tone.js'
import { parseVideoSize, type VideoSize } from '../media/video-constraints.js'
import type { MediaAnnouncement } from '../session/control-message.js'
import type { PeerConnection } from '../session/ports.js'
import { loadBinding } from './open-session.js'
import type { MediaArgs } from './options.js'
import { createVideoStages, filterText, isDrawn, readFilters, type PictureArgs } from './picture-options.js'

/** What the media options ask for, read and checked. */
export interface MediaPlan {
  video?: {
    spec: VideoSourceSpec
    /** As it was written. */
    name: string
    size: VideoSize
    filter: string
    /** Between the source and the track, in order: filters, then what is drawn on top. */
    stages: VideoStage[]
  }
  audio?: { spec: AudioSourceSpec; name: string; stages: AudioStage[] }
}

export interface OutgoingMedia extends AsyncDisposable {
  /** Absent where nothing of the kind is sent. */
  readonly video?: VideoFeed
  readonly audio?: AudioFeed
  /** What the peer is told of it. */
  readonly announcement: MediaAnnouncement
  /** Adds the tracks; called again for each new connection. */
  addTracks(connection: PeerConnection): void
  /** Feeds the tracks until the signal aborts, then resolves; rejects with the PeerError of a source that broke. */
  start(signal: AbortSignal): Promise<void>
}

/** Reads the media options; throws USAGE before anything is opened. */
export function readMediaOptions(args: MediaArgs & PictureArgs): MediaPlan {
  const { width, height, frameRate } = args
  const size = parseVideoSize({ width, height, frameRate })
  const { video, audio } = args
  const filters = readFilters(args.filter, '--filter')
  return {
    ...(video === undefined ? {} : { video: readVideo(video, { size, filters, args }) }),
    ...(audio === undefined ? {} : { audio: { spec: parseAudioSource(audio), name: audio, stages: [] } }),
  }
}

interface VideoChoices {
  size: VideoSize
  filters: readonly FilterFunction[]
  args: PictureArgs
}

function readVideo(source: string, { size, filters, args }: VideoChoices): MediaPlan['video'] {
  const spec = parseVideoSource(source)
  return {
    spec,
    name: source,
    size,
    filter: filterText(args.filter),
    stages: createVideoStages(filters, isDrawn(spec) && !args.noBarcode),
  }
}

/** Opens the sources of the plan and a native track for each. */
export async function openOutgoingMedia({ video, audio }: MediaPlan): Promise<OutgoingMedia> {
  if (!video && !audio) return NO_MEDIA
  await using opened = new Disposables()
  const { openAudioOutput, openVideoOutput } = await loadBinding()
  const videoOutput = video && opened.use(openVideoOutput())
  const audioOutput = audio && opened.use(openAudioOutput())
  const videoFeed =
    video && videoOutput && opened.use(createVideoFeed(openVideoSource(video), videoOutput, video))
  const audioFeed =
    audio && audioOutput && opened.use(createAudioFeed(openAudioSource(audio), audioOutput, audio))
  const owned = opened.move()
  return {
    video: videoFeed,
    audio: audioFeed,
    announcement: announce({ video, audio }),
    addTracks(connection) {
      if (audioOutput) connection.addTrack(audioOutput.track)
      if (videoOutput) connection.addTrack(videoOutput.track)
    },
    async start(signal) {
      // One moment for both: sound and picture of one file keep step.
      const startMs = performance.now()
      const feeds = [videoFeed, audioFeed].filter((feed) => feed !== undefined)
      await Promise.all(feeds.map((feed) => feed.run({ startMs, signal })))
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

const NO_MEDIA: OutgoingMedia = {
  announcement: { video: null, audio: null },
  addTracks: () => undefined,
  start: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
}

function openVideoSource({ spec, size }: NonNullable<MediaPlan['video']>): VideoSource {
  switch (spec.kind) {
    case 'bars':
      return createPatternVideo(createBars(size), size)
    default:
      return spec.kind satisfies never
  }
}

/** What can be drawn again is named as it was written; of anything else, a local path may be, only what kind it is. */
function announce({ video, audio }: MediaPlan): MediaAnnouncement {
  const nameOf = ({ spec, name }: { spec: { kind: string }; name: string }) =>
    isDrawn(spec) ? name : spec.kind
  return {
    video: video ? { source: nameOf(video), filter: video.filter, ...video.size } : null,
    audio: audio ? { source: nameOf(audio) } : null,
  }
}

/** What is synthetic is made in the format libwebrtc works in. */
const SYNTHETIC_FORMAT = { sampleRate: 48_000, channelCount: 1 }

function openAudioSource({ spec }: NonNullable<MediaPlan['audio']>): AudioSource {
  switch (spec.kind) {
    case 'tone':
      return createPatternAudio(
        createTone({ ...SYNTHETIC_FORMAT, frequency: spec.frequency }),
        SYNTHETIC_FORMAT,
      )
    case 'silence':
      return createPatternAudio(createSilence(SYNTHETIC_FORMAT), SYNTHETIC_FORMAT)
    default:
      return spec satisfies never
  }
}
