import type { RecordedTracks, RecordedVideo } from '../../media/recording/ports.js'
import type { EncodedFormat } from '../../media/recording/format.js'

interface Codecs {
  muxer: string
  video?: { encoder: string; options: readonly string[]; bitsPerPixel: number }
  audio: { encoder: string }
  options: readonly string[]
}

/** Realtime presets: a recording that two cores cannot keep up with is none. No frame waits for a later one. */
const VP9 = {
  encoder: 'libvpx-vp9',
  options: [
    '-deadline',
    'realtime',
    '-cpu-used',
    '8',
    '-row-mt',
    '1',
    '-threads',
    '2',
    '-lag-in-frames',
    '0',
  ],
  bitsPerPixel: 0.08,
}
const H264 = {
  encoder: 'libx264',
  options: ['-preset', 'ultrafast', '-tune', 'zerolatency', '-threads', '2', '-pix_fmt', 'yuv420p'],
  bitsPerPixel: 0.12,
}
const OPUS = { encoder: 'libopus' }

const CODECS: Readonly<Record<EncodedFormat, Codecs>> = {
  webm: { muxer: 'webm', video: VP9, audio: OPUS, options: [] },
  mkv: { muxer: 'matroska', video: VP9, audio: OPUS, options: [] },
  mp4: {
    muxer: 'mp4',
    video: H264,
    audio: { encoder: 'aac' },
    // Each second is complete in itself: an ordinary MP4 that is not finished cannot be played at all.
    options: ['-movflags', '+frag_keyframe+empty_moov+default_base_moof', '-frag_duration', '1000000'],
  },
  ogg: { muxer: 'ogg', audio: OPUS, options: ['-page_duration', '200000'] },
}

/** Bits per second. */
const MIN_VIDEO_BITRATE = 200_000
const MAX_VIDEO_BITRATE = 20_000_000
const AUDIO_BITRATE_PER_CHANNEL = 64_000

export interface Bitrates {
  /** Bits per second. */
  video?: number | undefined
  audio?: number | undefined
}

/** The encoders that ffmpeg has to have for a format. */
export function encodersOf(format: EncodedFormat): string[] {
  const { video, audio } = CODECS[format]
  return [...(video ? [video.encoder] : []), audio.encoder]
}

/** How ffmpeg encodes the tracks and which container it writes. */
export function outputArguments(
  format: EncodedFormat,
  { video, audio }: RecordedTracks,
  bitrates: Bitrates,
): string[] {
  const codecs = CODECS[format]
  return [
    ...(video && codecs.video ? videoArguments(video, codecs.video, bitrates.video) : []),
    ...(audio
      ? [
          '-c:a',
          codecs.audio.encoder,
          '-b:a',
          String(bitrates.audio ?? AUDIO_BITRATE_PER_CHANNEL * audio.channelCount),
        ]
      : []),
    ...codecs.options,
    '-f',
    codecs.muxer,
  ]
}

function videoArguments(
  { width, height, frameRate }: RecordedVideo,
  { encoder, options, bitsPerPixel }: NonNullable<Codecs['video']>,
  bitrate: number | undefined,
): string[] {
  const estimate = Math.round(width * height * frameRate * bitsPerPixel)
  const bitsPerSecond = bitrate ?? Math.min(MAX_VIDEO_BITRATE, Math.max(MIN_VIDEO_BITRATE, estimate))
  return [
    '-c:v',
    encoder,
    ...options,
    '-b:v',
    String(bitsPerSecond),
    // A key frame every two seconds: what a player can seek to, and what a broken file loses at most.
    '-g',
    String(Math.max(1, Math.round(2 * frameRate))),
    // The times of the frames are kept as they are, none is repeated or dropped.
    '-fps_mode',
    'passthrough',
    '-enc_time_base:v',
    '1:1000',
  ]
}
