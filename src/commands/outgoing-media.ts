import { deferred } from '../async/deferred.js'
import { Disposables } from '../async/disposables.js'
import type { PeerEventOf, ReportEvent } from '../events.js'
import { adaptVideo, type AdaptedVideo } from '../media/adaptation/adapt-video.js'
import { isDrawnAudio, isDrawnVideo } from '../media/drawn-source.js'
import { createAudioFeed, createVideoFeed, type AudioFeed, type VideoFeed } from '../media/feed.js'
import { TrackSending, type AudioSending, type VideoSending } from '../media/track-sending.js'
import type { MediaAnnouncement } from '../session/control-message.js'
import type { PeerConnection } from '../session/ports.js'
import type { MediaPlan } from './media-plan.js'
import { loadBinding } from './open-session.js'
import { openSources } from './open-sources.js'

export interface OutgoingMedia extends AsyncDisposable {
  /** Absent where nothing of the kind is sent. */
  readonly video?: VideoSending | undefined
  readonly audio?: AudioSending | undefined
  /** What the peer is told of it. */
  readonly announcement: MediaAnnouncement
  /** Standard input is a source. */
  readonly readsInput: boolean
  /** Resolves when a source on standard input has come to its end; never without one. */
  readonly inputDone: Promise<void>
  /** Adds the tracks; called again for each new connection. */
  addTracks(connection: PeerConnection): void
  /** Feeds the tracks until the signal aborts, then resolves; rejects with the PeerError of a source that broke. */
  start(signal: AbortSignal): Promise<void>
}

/** Opens the sources of the plan and a native track for each; throws the PeerError of a source before that. */
export async function openOutgoingMedia(
  plan: MediaPlan,
  { signal, report }: { signal: AbortSignal; report: ReportEvent },
): Promise<OutgoingMedia> {
  if (!plan.video && !plan.audio) return NO_MEDIA
  await using opened = new Disposables()
  // The native library takes its time to load, and so does a file to open.
  const binding = loadBinding()
  binding.catch(() => undefined)
  const sources = await openSources(plan, { signal })
  for (const source of [sources.video, sources.audio]) if (source) opened.use(source)
  const { openAudioOutput, openVideoOutput } = await binding
  const tracks: SentTrack[] = []
  let [video, audio]: [VideoSending | undefined, AudioSending | undefined] = [undefined, undefined]
  if (plan.audio && sources.audio) {
    const { name, stages, parameters } = plan.audio
    const output = opened.use(openAudioOutput())
    const feed = opened.use(createAudioFeed(sources.audio, output, { stages }))
    audio = new TrackSending(feed, output.track, parameters)
    tracks.push({ sending: audio, describe: describeAudio(name, feed) })
  }
  if (plan.video && sources.video) {
    const { name, stages, parameters } = plan.video
    const output = opened.use(openVideoOutput())
    const feed = opened.use(createVideoFeed(sources.video, output, { stages }))
    video = new TrackSending(feed, output.track, parameters)
    tracks.push({ sending: video, describe: describeVideo(name, feed) })
  }
  const adapt = async (until: AbortSignal) => {
    const preference = plan.video?.degradationPreference
    if (video === undefined || preference === undefined) return
    const onAdapted = (adapted: AdaptedVideo) => report({ event: 'adaptation', kind: 'video', ...adapted })
    await adaptVideo(video, { preference, onAdapted, signal: until })
  }
  for (const { describe } of tracks) report(describe('opened'))
  const inputDone = deferred()
  const owned = opened.move()
  return {
    video,
    audio,
    announcement: announce(plan, video?.feed),
    readsInput: tracks.some(({ describe }) => isInput(describe('opened'))),
    inputDone: inputDone.promise,
    addTracks(connection) {
      for (const { sending } of tracks) sending.addTo(connection)
    },
    async start(signal) {
      // One moment for all: sound and picture of one file keep step.
      const startMs = performance.now()
      const run = async ({ sending, describe }: SentTrack) => {
        const onEnded = () => {
          const event = describe('ended')
          report(event)
          if (isInput(event)) inputDone.resolve()
        }
        await sending.feed.run({ startMs, signal, onEnded })
        report(describe('closed'))
      }
      await Promise.all([...tracks.map(run), adapt(signal)])
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

const NO_MEDIA: OutgoingMedia = {
  announcement: { video: null, audio: null },
  readsInput: false,
  inputDone: new Promise(() => undefined),
  addTracks: () => undefined,
  start: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
}

type SourceEvent = PeerEventOf<'source'>
type DescribeSource = (state: SourceEvent['state']) => SourceEvent

interface SentTrack {
  sending: VideoSending | AudioSending
  describe: DescribeSource
}

function describeVideo(source: string, feed: VideoFeed): DescribeSource {
  return (state) => ({ event: 'source', state, kind: 'video', source, ...feed.source.size, ...feed.counters })
}

function describeAudio(source: string, feed: AudioFeed): DescribeSource {
  return (state) => ({
    event: 'source',
    state,
    kind: 'audio',
    source,
    ...feed.source.format,
    ...feed.counters,
  })
}

function isInput({ source }: SourceEvent): boolean {
  return source === '-'
}

/** What can be drawn again is named as it was written; of anything else, a local path may be, only what kind it is. */
function announce({ video, audio }: MediaPlan, feed: VideoFeed | undefined): MediaAnnouncement {
  const videoName = video && (isDrawnVideo(video.spec) ? video.name : video.spec.kind)
  const audioName = audio && (isDrawnAudio(audio.spec) ? audio.name : audio.spec.kind)
  return {
    video:
      video && videoName && feed ? { source: videoName, filter: video.filter, ...feed.source.size } : null,
    audio: audioName ? { source: audioName } : null,
  }
}
