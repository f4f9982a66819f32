import { screenInput } from '../../adapters/ffmpeg/media-input.js'
import { probeMedia } from '../../adapters/ffmpeg/probe-media.js'
import { encodersOf } from '../../adapters/ffmpeg/recording-codecs.js'
import { listCaptureDevices, type CaptureDevice } from '../../adapters/system/capture-devices.js'
import type { PeerEventOf } from '../../events.js'
import { SAMPLE_RATES } from '../../media/audio-settings.js'
import { FRAME_RATE_RANGE, SIDE_RANGE } from '../../media/video-size.js'
import { requireFfmpeg, type FfmpegContext } from './require-ffmpeg.js'

type Capabilities = PeerEventOf<'capabilities'>

/** What a source can be asked for: each is scaled and converted. */
export const SOURCE_RANGES: Capabilities['sourceRanges'] = {
  width: SIDE_RANGE,
  height: SIDE_RANGE,
  frameRate: FRAME_RATE_RANGE,
  sampleRate: SAMPLE_RATES,
  channelCount: { min: 1, max: 2 },
}

const ENCODED_FORMATS = ['webm', 'mkv', 'mp4', 'ogg'] as const
const RAW_FORMATS = ['y4m', 'wav'] as const

/** What there is to capture from, and how large a screen is; a camera is not opened to be asked. */
export async function readDevices(context: FfmpegContext): Promise<Capabilities['devices']> {
  const devices = await listCaptureDevices()
  return Promise.all(devices.map(async (device) => ({ ...device, ...(await pictureOf(device, context)) })))
}

async function pictureOf({ kind, source }: CaptureDevice, context: FfmpegContext) {
  const nothing = { width: null, height: null }
  if (kind !== 'screen') return nothing
  try {
    const ffmpeg = await requireFfmpeg(source, context)
    const input = screenInput(source.replace(/^screen:/, ''), FRAME_RATE_RANGE.max)
    const { video } = await probeMedia(await ffmpeg.findProbe(), input, context)
    return video ? { width: video.width, height: video.height } : nothing
  } catch {
    // A display of somebody else, or no ffmpeg: that there is one is still a fact.
    return nothing
  }
}

/** The formats of `--record`, and whether there is what they need. */
export async function readRecorders(context: FfmpegContext): Promise<Capabilities['recorders']> {
  const encoders = await requireFfmpeg('recording', context)
    .then((ffmpeg) => ffmpeg.encoders)
    .catch(() => new Set<string>())
  return [
    ...ENCODED_FORMATS.map((format) => {
      const missing = encodersOf(format).filter((encoder) => !encoders.has(encoder))
      return { format, available: missing.length === 0, missing }
    }),
    ...RAW_FORMATS.map((format) => ({ format, available: true, missing: [] })),
  ]
}
