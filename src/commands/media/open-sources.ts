import { checkMediaFile, fileBytes, onceBytes } from '../../adapters/files/media-bytes.js'
import { Disposables } from '../../async/disposables.js'
import { selectAudioSettings } from '../../media/audio-settings.js'
import { openDrawnAudio, openDrawnVideo } from '../../media/drawn-source.js'
import { PeerError } from '../../errors.js'
import type { AudioSource, VideoSource } from '../../media/ports.js'
import { DEFAULT_SIZE } from '../../media/video-size.js'
import { selectVideoSize } from '../../media/video-settings.js'
import { UnsupportedWavError } from '../../media/wav.js'
import { UnsupportedY4mError } from '../../media/y4m.js'
import type { AudioPlan, MediaPlan, SourceContext, VideoPlan } from './media-plan.js'
import { openDecoded, openDecodedAudio, openDecodedVideo, type DecodedSpec } from './open-decoded.js'
import { openPng } from './open-png.js'
import { openWav, openY4m } from './open-raw-stream.js'

type FileSpec = Extract<DecodedSpec, { kind: 'file' }>

export interface OpenSources {
  video?: VideoSource
  audio?: AudioSource
}

/** What is opened together. */
export type SourcePlans = Pick<MediaPlan, 'video' | 'audio'>

/**
 * Opens what the plan names; its size and format are known then, and the first picture and sound are there. One file or
 * address that is named for both is decoded once, so that the two keep step. Throws a PeerError that names the source.
 */
export async function openSources(
  { video, audio }: SourcePlans,
  context: SourceContext,
): Promise<OpenSources> {
  const shared = video && audio && sharedInput(video, audio)
  if (shared) {
    if (shared.kind === 'file') await checkMediaFile(shared.path)
    return openDecoded(shared, { video, audio }, context)
  }
  await using opened = new Disposables()
  const [videoSource, audioSource] = await Promise.all([
    video && openVideoSource(video, context).then((source) => opened.use(source)),
    audio && openAudioSource(audio, context).then((source) => opened.use(source)),
  ])
  opened.move()
  return { ...(videoSource ? { video: videoSource } : {}), ...(audioSource ? { audio: audioSource } : {}) }
}

/** Opens the source of one video track. */
async function openVideoSource(plan: VideoPlan, context: SourceContext): Promise<VideoSource> {
  const { spec, name } = plan
  switch (spec.kind) {
    case 'bars':
    case 'motion':
    case 'clock':
    case 'snow':
    case 'colour':
      return openDrawnVideo(spec, selectVideoSize(DEFAULT_SIZE, plan.constraints, `--video ${name}`))
    case 'stdin':
      return openY4m(onceBytes(process.stdin, 'standard input'), plan, context)
    case 'file':
      await checkMediaFile(spec.path)
      if (!/\.y4m$/i.test(spec.path)) return openImageOrFilm(spec, plan, context)
      return openY4m(fileBytes(spec.path), plan, context).catch((error: unknown) => {
        if (error instanceof UnsupportedY4mError) return openDecodedVideo(spec, plan, context)
        throw error
      })
    case 'url':
    case 'lavfi':
    case 'screen':
    case 'camera':
      return openDecodedVideo(spec, plan, context)
    default:
      return spec satisfies never
  }
}

/** Opens the source of one audio track. */
async function openAudioSource(plan: AudioPlan, context: SourceContext): Promise<AudioSource> {
  const { spec, name } = plan
  switch (spec.kind) {
    case 'tone':
    case 'beep':
    case 'silence':
    case 'hiss':
      return openDrawnAudio(spec, selectAudioSettings(plan.constraints, `--audio ${name}`))
    case 'stdin':
      return openWav(onceBytes(process.stdin, 'standard input'), plan, context)
    case 'file':
      await checkMediaFile(spec.path)
      if (!/\.wav$/i.test(spec.path)) return openDecodedAudio(spec, plan, context)
      return openWav(fileBytes(spec.path), plan, context).catch((error: unknown) => {
        if (error instanceof UnsupportedWavError) return openDecodedAudio(spec, plan, context)
        throw error
      })
    case 'url':
    case 'lavfi':
    case 'microphone':
      return openDecodedAudio(spec, plan, context)
    default:
      return spec satisfies never
  }
}

/** ffmpeg reads every file and scales best; a PNG is read without it too. */
async function openImageOrFilm(
  spec: FileSpec,
  plan: VideoPlan,
  context: SourceContext,
): Promise<VideoSource> {
  try {
    return await openDecodedVideo(spec, plan, context)
  } catch (error) {
    const isMissing = error instanceof PeerError && error.code === 'FFMPEG_UNAVAILABLE'
    if (isMissing && /\.png$/i.test(spec.path)) return openPng(spec.path, plan)
    throw error
  }
}

/** The input that is named for both, where there is one to decode. */
export function sharedInput({ spec, name }: VideoPlan, audio: AudioPlan): DecodedSpec | undefined {
  const isShared =
    name === audio.name && (spec.kind === 'file' || spec.kind === 'url' || spec.kind === 'lavfi')
  return isShared ? spec : undefined
}
