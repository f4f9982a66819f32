import type { AudioSettings } from './audio-settings.js'
import { createBars } from './bars.js'
import { createBeep } from './beep.js'
import { createClock } from './clock.js'
import { createHiss } from './hiss.js'
import { createMotion } from './motion.js'
import { createPatternAudio, createPatternVideo } from './pattern-source.js'
import { createPicture } from './picture.js'
import type { AudioPattern, AudioSource, VideoPattern, VideoSource } from './ports.js'
import { createSilence } from './silence.js'
import { createSnow } from './snow.js'
import type { AudioSourceSpec, VideoSourceSpec } from './source-spec.js'
import { createStill } from './still.js'
import { createTone } from './tone.js'
import type { VideoSize } from './video-size.js'

/** The sources that are drawn here, at any size, and need nothing but the processor. */
export type DrawnVideoSpec = Extract<
  VideoSourceSpec,
  { kind: 'bars' | 'motion' | 'clock' | 'snow' | 'colour' }
>
export type DrawnAudioSpec = Extract<AudioSourceSpec, { kind: 'tone' | 'beep' | 'silence' | 'hiss' }>

export function isDrawnVideo(spec: VideoSourceSpec): spec is DrawnVideoSpec {
  return ['bars', 'motion', 'clock', 'snow', 'colour'].includes(spec.kind)
}

/** Whether the sound is computed here, the same in every run. */
export function isDrawnAudio({ kind }: AudioSourceSpec): boolean {
  return kind === 'tone' || kind === 'beep' || kind === 'silence' || kind === 'hiss'
}

/** The same pictures for the same spec and size, in every run: a receiver can draw them again and compare. */
export function createVideoPattern(spec: DrawnVideoSpec, size: VideoSize): VideoPattern {
  switch (spec.kind) {
    case 'bars':
      return createBars(size)
    case 'motion':
      return createMotion(size)
    case 'clock':
      return createClock(size)
    case 'snow':
      return createSnow(size, spec.seed)
    case 'colour':
      return createStill(createPicture(size.width, size.height, spec.colour))
    default:
      return spec satisfies never
  }
}

export function openDrawnVideo(spec: DrawnVideoSpec, size: VideoSize): VideoSource {
  return createPatternVideo(createVideoPattern(spec, size), size)
}

export function openDrawnAudio(
  spec: DrawnAudioSpec,
  { sampleRate, channelCount }: AudioSettings,
): AudioSource {
  const format = { sampleRate, channelCount }
  return createPatternAudio(createAudioPattern(spec, format), format)
}

function createAudioPattern(
  spec: DrawnAudioSpec,
  format: { sampleRate: number; channelCount: number },
): AudioPattern {
  switch (spec.kind) {
    case 'tone':
      return createTone({ ...format, frequency: spec.frequency })
    case 'beep':
      return createBeep(format)
    case 'silence':
      return createSilence(format)
    case 'hiss':
      return createHiss({ ...format, seed: spec.seed })
    default:
      return spec satisfies never
  }
}
