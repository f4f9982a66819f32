import * as v from 'valibot'
import { PeerError } from '../../errors.js'
import type { VideoSize } from '../../media/video-size.js'
import { ffmpegFailure } from './ffmpeg-failure.js'
import type { MediaInput } from './media-input.js'
import { startFfmpeg } from './start-ffmpeg.js'

export interface MediaFacts {
  /** As it is shown: turned upright, with square pixels; null where there is no picture. */
  video: VideoFacts | null
  hasAudio: boolean
}

export interface VideoFacts extends VideoSize {
  /** One picture, as of a PNG file. */
  isStill: boolean
  /** Its pixels are no squares, so that it has to be scaled to be shown right. */
  isAnamorphic: boolean
  /** Luma from 0 to 255 (as JPEG has it) rather than from 16 to 235. */
  isFullRange: boolean
}

/** What ffprobe tells is a few kilobytes; a file with a thousand streams is none of ours. */
const MAX_REPORT_BYTES = 4 * 1024 * 1024

const DEFAULT_FRAME_RATE = 30

const reportSchema = v.object({
  streams: v.optional(
    v.array(
      v.object({
        codec_type: v.optional(v.string()),
        width: v.optional(v.number()),
        height: v.optional(v.number()),
        pix_fmt: v.optional(v.string()),
        color_range: v.optional(v.string()),
        sample_aspect_ratio: v.optional(v.string()),
        avg_frame_rate: v.optional(v.string()),
        r_frame_rate: v.optional(v.string()),
        side_data_list: v.optional(v.array(v.object({ rotation: v.optional(v.number()) }))),
        disposition: v.optional(v.object({ attached_pic: v.optional(v.number()) })),
      }),
    ),
    [],
  ),
  format: v.optional(v.object({ format_name: v.optional(v.string()) }), {}),
})

type Stream = v.InferOutput<typeof reportSchema>['streams'][number]

/** Asks ffprobe what is in the input; throws the PeerError of what cannot be opened. */
export async function probeMedia(
  probePath: string,
  { name, args }: Pick<MediaInput, 'name' | 'args'>,
  { signal }: { signal: AbortSignal },
): Promise<MediaFacts> {
  await using probe = startFfmpeg(probePath, {
    noStdin: false,
    outputs: 1,
    signal,
    args: ({ outputs: [output = ''] }) =>
      withoutPlayback(args).concat('-show_streams', '-show_format', '-of', 'json', '-o', output),
  })
  const text = await collect(probe.outputs[0] ?? [])
  const failure = ffmpegFailure(await probe.ended, `open ${name}`)
  signal.throwIfAborted()
  const report = v.safeParse(reportSchema, parseJson(text))
  if (!report.success || report.output.streams.length === 0) {
    throw failure ?? new PeerError('INPUT_INVALID', `ffprobe finds no media in ${name}.`)
  }
  return factsOf(report.output)
}

function factsOf({ streams, format }: v.InferOutput<typeof reportSchema>): MediaFacts {
  const pictures = streams.filter(
    ({ codec_type, disposition }) => codec_type === 'video' && !disposition?.attached_pic,
  )
  const [picture] = pictures
  return {
    video: picture === undefined ? null : videoFactsOf(picture, format.format_name ?? ''),
    hasAudio: streams.some(({ codec_type }) => codec_type === 'audio'),
  }
}

function videoFactsOf(picture: Stream, format: string): VideoFacts {
  return {
    ...displaySize(picture),
    frameRate: frameRateOf(picture),
    isStill: /^image2|_pipe$/.test(format),
    isAnamorphic: pixelRatio(picture) !== 1,
    isFullRange: picture.color_range === 'pc' || picture.pix_fmt?.startsWith('yuvj') === true,
  }
}

/** ffmpeg turns pictures upright by itself; what the file says of the shape of its pixels is applied by our filters. */
function displaySize(picture: Stream): { width: number; height: number } {
  const { width = 0, height = 0, side_data_list = [] } = picture
  const displayed = { width: Math.round(width * pixelRatio(picture)), height }
  const rotation = side_data_list.find((data) => data.rotation !== undefined)?.rotation ?? 0
  const isOnItsSide = Math.abs(Math.round(rotation / 90)) % 2 === 1
  return isOnItsSide ? { width: displayed.height, height: displayed.width } : displayed
}

/** Width of a pixel over its height. */
function pixelRatio({ sample_aspect_ratio = '' }: Stream): number {
  const [horizontal = 1, vertical = 1] = sample_aspect_ratio.split(':').map(Number)
  return horizontal > 0 && vertical > 0 ? horizontal / vertical : 1
}

function frameRateOf({ avg_frame_rate, r_frame_rate }: Stream): number {
  const rates = [avg_frame_rate, r_frame_rate].map((text = '') => {
    const [frames = 0, seconds = 1] = text.split('/').map(Number)
    return frames / seconds
  })
  return rates.find((rate) => rate > 0 && rate < 1000) ?? DEFAULT_FRAME_RATE
}

/** ffprobe reads the input once, from its beginning. */
function withoutPlayback(args: readonly string[]): string[] {
  return args.filter((argument, at) => {
    const isOption = (name: string) => argument === name || args[at - 1] === name
    return !isOption('-stream_loop') && !isOption('-ss')
  })
}

async function collect(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes <= MAX_REPORT_BYTES) parts.push(chunk)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
