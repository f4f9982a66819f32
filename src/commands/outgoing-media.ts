import { Disposables } from '../async/disposables.js'
import { createBars } from '../media/bars.js'
import type { AudioSource, VideoSource } from '../media/ports.js'
import { pumpAudio, pumpVideo } from '../media/pump.js'
import { createSilence } from '../media/silence.js'
import {
  parseAudioSource,
  parseVideoSource,
  type AudioSourceSpec,
  type VideoSourceSpec,
} from '../media/source-spec.js'
import { createTone } from '../media/tone.js'
import { parseVideoSize, type VideoSize } from '../media/video-constraints.js'
import type { PeerConnection } from '../session/ports.js'
import { loadBinding } from './open-session.js'
import type { MediaArgs } from './options.js'

/** What the media options ask for, read and checked. */
export interface MediaPlan {
  video?: { spec: VideoSourceSpec; size: VideoSize }
  audio?: { spec: AudioSourceSpec }
}

export interface OutgoingMedia extends AsyncDisposable {
  /** Adds the tracks; called again for each new connection. */
  addTracks(connection: PeerConnection): void
  /** Feeds the tracks until the signal aborts. */
  start(signal: AbortSignal): void
}

/** Reads the media options; throws USAGE before anything is opened. */
export function readMediaOptions(args: MediaArgs): MediaPlan {
  const { width, height, frameRate } = args
  const size = parseVideoSize({ width, height, frameRate })
  return {
    ...(args.video === undefined ? {} : { video: { spec: parseVideoSource(args.video), size } }),
    ...(args.audio === undefined ? {} : { audio: { spec: parseAudioSource(args.audio) } }),
  }
}

/** Opens one native source for each track of the plan. */
export async function openOutgoingMedia({ video, audio }: MediaPlan): Promise<OutgoingMedia> {
  if (!video && !audio) return NO_MEDIA
  const { openAudioOutput, openVideoOutput } = await loadBinding()
  const outputs = new Disposables()
  const videoOutput = video && outputs.use(openVideoOutput())
  const audioOutput = audio && outputs.use(openAudioOutput())
  return {
    addTracks(connection) {
      if (audioOutput) connection.addTrack(audioOutput.track)
      if (videoOutput) connection.addTrack(videoOutput.track)
    },
    start(signal) {
      // Pumps end with the signal and reject only on a defect, which the process edge reports.
      if (video && videoOutput) {
        void pumpVideo(createVideoSource(video.spec, video.size), videoOutput, {
          frameRate: video.size.frameRate,
          signal,
        })
      }
      if (audio && audioOutput) void pumpAudio(createAudioSource(audio.spec), audioOutput, { signal })
    },
    [Symbol.asyncDispose]: () => outputs[Symbol.asyncDispose](),
  }
}

const NO_MEDIA: OutgoingMedia = {
  addTracks: () => undefined,
  start: () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
}

function createVideoSource(spec: VideoSourceSpec, size: VideoSize): VideoSource {
  switch (spec.kind) {
    case 'bars':
      return createBars(size)
    default:
      return spec.kind satisfies never
  }
}

function createAudioSource(spec: AudioSourceSpec): AudioSource {
  switch (spec.kind) {
    case 'tone':
      return createTone({ frequency: spec.frequency })
    case 'silence':
      return createSilence()
    default:
      return spec satisfies never
  }
}
