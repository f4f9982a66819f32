import { PeerError } from '../../errors.js'
import type { VideoFrame } from '../../media/ports.js'
import { ffmpegFailure } from './ffmpeg-failure.js'
import { startFfmpeg } from './start-ffmpeg.js'

const INPUT_ARGUMENTS = ['-f', 'rawvideo', '-pixel_format', 'yuv420p']

/** JPEG is full range, WebRTC's pictures are limited. */
const FULL_RANGE = 'scale=in_range=limited:out_range=full,format=yuvj420p'
const OUTPUT_ARGUMENTS = [
  '-vf',
  FULL_RANGE,
  '-c:v',
  'mjpeg',
  '-q:v',
  '3',
  '-frames:v',
  '1',
  '-f',
  'image2pipe',
]

/** The picture as a JPEG, encoded by the ffmpeg program at `path`. */
export async function encodeJpeg(
  { width, height, data }: VideoFrame,
  path: string,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  await using ffmpeg = startFfmpeg(path, {
    inputs: 1,
    outputs: 1,
    signal,
    args: ({ inputs: [input = ''], outputs: [output = ''] }) => [
      ...INPUT_ARGUMENTS,
      '-video_size',
      `${width}x${height}`,
      '-i',
      input,
      ...OUTPUT_ARGUMENTS,
      output,
    ],
  })
  const [[input], [output]] = [ffmpeg.inputs, ffmpeg.outputs]
  if (!input || !output) throw new TypeError('ffmpeg was started without its pipes')
  input.end(data)
  const chunks: Uint8Array[] = []
  for await (const chunk of output) chunks.push(Buffer.from(chunk))
  const end = await ffmpeg.ended
  const jpeg = Buffer.concat(chunks)
  if (end.code === 0 && jpeg.length > 0) return jpeg
  const reason = ffmpegFailure(end, 'encode a JPEG')
  throw new PeerError('IO_ERROR', reason?.message ?? 'ffmpeg gave no JPEG.', { cause: reason })
}
