import {
  cameraInput,
  fileInput,
  lavfiInput,
  microphoneInput,
  screenInput,
  urlInput,
  type MediaInput,
} from '../../adapters/ffmpeg/media-input.js'
import { openMedia } from '../../adapters/ffmpeg/open-media.js'
import { probeMedia, type MediaFacts, type VideoFacts } from '../../adapters/ffmpeg/probe-media.js'
import { PeerError } from '../../errors.js'
import { selectAudioSettings } from '../../media/audio-settings.js'
import { createPatternVideo } from '../../media/pattern-source.js'
import type { AudioSource, VideoSource } from '../../media/ports.js'
import type { AudioSourceSpec, VideoSourceSpec } from '../../media/source-spec.js'
import { createStill } from '../../media/still.js'
import { selectVideoSize } from '../../media/video-settings.js'
import { DEFAULT_SIZE, type VideoSize } from '../../media/video-size.js'
import type { AudioPlan, SourceContext, VideoPlan } from './media-plan.js'
import { requireFfmpeg } from './require-ffmpeg.js'

/** What ffmpeg opens. */
export type DecodedSpec = Extract<
  VideoSourceSpec | AudioSourceSpec,
  { kind: 'file' | 'url' | 'lavfi' | 'screen' | 'camera' | 'microphone' }
>

/** Opens the pictures of what ffmpeg reads or captures; INPUT_UNREADABLE where there are none. */
export async function openDecodedVideo(
  spec: DecodedSpec,
  video: VideoPlan,
  context: SourceContext,
): Promise<VideoSource> {
  return required((await openDecoded(spec, { video }, context)).video)
}

/** Opens the sound of what ffmpeg reads or captures; INPUT_UNREADABLE where there is none. */
export async function openDecodedAudio(
  spec: DecodedSpec,
  audio: AudioPlan,
  context: SourceContext,
): Promise<AudioSource> {
  return required((await openDecoded(spec, { audio }, context)).audio)
}

/** Opens what is asked for of one input, with one ffmpeg and so in step. */
export async function openDecoded(
  spec: DecodedSpec,
  { video, audio }: { video?: VideoPlan; audio?: AudioPlan },
  context: SourceContext,
): Promise<{ video?: VideoSource; audio?: AudioSource }> {
  const { signal } = context
  const input = inputOf(spec, context, DEFAULT_SIZE.frameRate)
  const ffmpeg = await requireFfmpeg(input.name, context)
  const facts = await probeMedia(await ffmpeg.findProbe(), input, { signal })
  const picture = video && pictureOf(facts, video, input)
  const format = audio && soundOf(facts, audio, input)
  const rated = inputOf(spec, context, picture?.size.frameRate ?? DEFAULT_SIZE.frameRate)
  const opened = await openMedia(ffmpeg.path, rated, { video: picture, audio: format, signal })
  return picture?.facts.isStill && opened.video
    ? { ...opened, video: await keepStill(opened.video, picture.size) }
    : opened
}

function pictureOf({ video }: MediaFacts, { constraints, fit }: VideoPlan, { name }: MediaInput) {
  if (video === null) throw new PeerError('INPUT_UNREADABLE', `${name} has no picture.`)
  const native: VideoFacts = video.isStill ? { ...video, frameRate: DEFAULT_SIZE.frameRate } : video
  return { facts: native, size: selectVideoSize(native, constraints, name), fit }
}

function soundOf({ hasAudio }: MediaFacts, { constraints }: AudioPlan, { name }: MediaInput) {
  if (!hasAudio) throw new PeerError('INPUT_UNREADABLE', `${name} has no sound.`)
  return selectAudioSettings(constraints, name)
}

/** An image has one picture, which is kept; its ffmpeg is not needed any more. */
async function keepStill(source: VideoSource, size: VideoSize): Promise<VideoSource> {
  const frame = required(source.draw(0) ?? undefined)
  const kept = { ...frame, data: frame.data.slice() }
  await source[Symbol.asyncDispose]()
  return createPatternVideo(createStill(kept), size)
}

function inputOf(spec: DecodedSpec, { playback }: SourceContext, frameRate: number): MediaInput {
  switch (spec.kind) {
    case 'file':
      return fileInput(spec.path, playback)
    case 'url':
      return urlInput(spec.url, { ...playback, live: spec.live })
    case 'lavfi':
      return lavfiInput(spec.graph)
    case 'screen':
      return screenInput(displayOf(spec.display), frameRate)
    case 'camera':
      return cameraInput(cameraOf(spec.device))
    case 'microphone':
      return microphoneInput(spec.device ?? 'default')
    default:
      return spec satisfies never
  }
}

/** `:99`, `99` and `host:0.1` as X names them; without one the display that programs open here. */
function displayOf(named: string | null): string {
  const display = named ?? process.env['DISPLAY'] ?? ''
  if (display === '') {
    throw new PeerError('SOURCE_UNAVAILABLE', 'There is no screen to capture: DISPLAY is not set.', {
      hint: 'Name the X display, such as --video screen::0.',
    })
  }
  return /^\d+(\.\d+)?$/.test(display) ? `:${display}` : display
}

function cameraOf(device: string | null): string {
  return device === null || /^\d+$/.test(device) ? `/dev/video${device ?? 0}` : device
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new TypeError('what was opened is missing')
  return value
}
