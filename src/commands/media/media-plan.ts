import { PeerError } from '../../errors.js'
import type { DegradationPreference } from '../../media/adaptation/degradation-steps.js'
import { AUDIO_CONSTRAINTS, selectAudioSettings } from '../../media/audio-settings.js'
import { parseConstraints, type Constraints } from '../../media/constraints.js'
import { isDrawnVideo } from '../../media/drawn-source.js'
import type { Fit } from '../../media/fit.js'
import type { Playback } from '../../media/playback.js'
import type { AudioBlock, MediaStage, VideoFrame } from '../../media/ports.js'
import {
  parseAudioSource,
  parseVideoSource,
  type AudioSourceSpec,
  type VideoSourceSpec,
} from '../../media/source-spec.js'
import { createVolume } from '../../media/volume.js'
import { checkVideoSize } from '../../media/video-size.js'
import { VIDEO_CONSTRAINTS } from '../../media/video-settings.js'
import type { EncodingParameters } from '../../session/ports.js'
import type { MediaArgs } from '../options/media-options.js'
import { usage } from '../options/option-values.js'
import type { SendingArgs } from '../options/sending-options.js'
import { limitFrameRate } from './sending-plan.js'
import { createVideoStages, filterText, readFilters, type PictureArgs } from '../options/picture-options.js'

/** One track that is asked for. */
export interface TrackPlan<Spec, Item> {
  spec: Spec
  /** As it was written. */
  name: string
  constraints: Constraints
  /** Between the source and the track, in order: filters, then what is drawn on top. */
  stages: MediaStage<Item>[]
  /** How it is encoded. */
  parameters: EncodingParameters
}

export interface VideoPlan extends TrackPlan<VideoSourceSpec, VideoFrame> {
  fit: Fit
  /** What its filters are, in one line. */
  filter: string
}

export type AudioPlan = TrackPlan<AudioSourceSpec, AudioBlock>

/** What the media options ask for, read and checked; nothing is open yet. */
export interface MediaPlan {
  video?: VideoPlan
  audio?: AudioPlan
  /** Of every source that is a file. */
  playback: Playback
  /** The program that `--ffmpeg` names. */
  ffmpeg?: string | undefined
  /** What is kept of the video where not all can be sent. */
  degradationPreference: DegradationPreference
  /** Plans another source under the same options; throws USAGE or OVERCONSTRAINED. */
  planVideo: (name: string) => VideoPlan
  planAudio: (name: string) => AudioPlan
}

/** How a source of the plan is opened. */
export interface SourceContext extends Pick<MediaPlan, 'playback' | 'ffmpeg'> {
  signal: AbortSignal
}

type SourceArgs = Partial<MediaArgs> & PictureArgs & SendingArgs

/** Reads the media options; throws USAGE or OVERCONSTRAINED before anything is opened. */
export function readMediaOptions(args: SourceArgs): MediaPlan {
  const { video, audio, start: startMs, loop, ffmpeg } = args
  const videoPlan = readVideoPlan(video ?? 'bars', args)
  const audioPlan = readAudioPlan(audio ?? 'silence', args)
  if (video === '-' && audio === '-') {
    throw new PeerError('USAGE', '--video and --audio cannot both be read from standard input.')
  }
  return {
    playback: { startMs, loop },
    ffmpeg,
    degradationPreference: args.degradationPreference ?? 'balanced',
    planVideo: (name) => readVideoPlan(name, args),
    planAudio: (name) => readAudioPlan(name, args),
    ...(video === undefined ? {} : { video: videoPlan }),
    ...(audio === undefined ? {} : { audio: audioPlan }),
  }
}

/** Whether a source is standard input. */
export function readsInput({ video, audio }: MediaPlan): boolean {
  return video?.spec.kind === 'stdin' || audio?.spec.kind === 'stdin'
}

function readVideoPlan(name: string, args: SourceArgs): VideoPlan {
  const spec = parseVideoSource(name)
  return {
    spec,
    name,
    constraints: limitFrameRate(readVideoConstraints(args), args),
    fit: args.fit ?? 'contain',
    filter: filterText(args.filter),
    stages: createVideoStages(readFilters(args.filter, '--filter'), isDrawnVideo(spec) && !args.noBarcode),
    parameters: { maxBitrate: args.videoBitrate, scaleResolutionDownBy: args.scaleDownBy },
  }
}

function readAudioPlan(name: string, args: SourceArgs): AudioPlan {
  const constraints = readAudioConstraints(args)
  const { volume } = selectAudioSettings(constraints, `--audio ${name}`)
  return {
    spec: parseAudioSource(name),
    name,
    constraints,
    stages: volume === 1 ? [] : [createVolume(volume)],
    parameters: { maxBitrate: args.audioBitrate },
  }
}

/** Options are wishes (`ideal`), as a value by itself is in getUserMedia; a member cannot be given in both ways. */
function readVideoConstraints(args: Partial<MediaArgs>): Constraints {
  const { width, height, frameRate, aspectRatio, videoConstraints } = args
  checkVideoSize({ width, height, frameRate })
  const json =
    videoConstraints === undefined
      ? undefined
      : parseConstraints('--video-constraints', videoConstraints, VIDEO_CONSTRAINTS)
  const wishes = Object.entries({ width, height, frameRate, aspectRatio }).filter(
    ([, wish]) => wish !== undefined,
  )
  const twice = wishes.find(([name]) => json?.basic[name] !== undefined)
  if (twice)
    throw usage(
      '--video-constraints',
      `names "${twice[0]}", which an option gives too`,
      videoConstraints ?? '',
    )
  const basic = Object.fromEntries(wishes.map(([name, ideal]) => [name, { ideal }]))
  return { basic: { ...basic, ...json?.basic }, advanced: json?.advanced ?? [] }
}

function readAudioConstraints({ audioConstraints }: Partial<MediaArgs>): Constraints {
  if (audioConstraints === undefined) return { basic: {}, advanced: [] }
  return parseConstraints('--audio-constraints', audioConstraints, AUDIO_CONSTRAINTS)
}
