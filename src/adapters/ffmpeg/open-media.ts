import type { Readable } from 'node:stream'
import { Disposables } from '../../async/disposables.js'
import { createByteReader } from '../../media/byte-reader.js'
import type { Fit } from '../../media/fit.js'
import type { AudioFormat, AudioSource, VideoSource } from '../../media/ports.js'
import { openStreamedAudio, openStreamedVideo } from '../../media/streamed-source.js'
import type { VideoSize } from '../../media/video-size.js'
import { ffmpegFailure } from './ffmpeg-failure.js'
import type { MediaInput } from './media-input.js'
import type { VideoFacts } from './probe-media.js'
import { startFfmpeg, type FfmpegProcess } from './start-ffmpeg.js'

export interface OpenMediaOptions {
  /** What the input has, and the size and rate that it is brought to; absent where no pictures are wanted. */
  video?: { facts: VideoFacts; size: VideoSize; fit: Fit } | undefined
  audio?: AudioFormat | undefined
  signal: AbortSignal
}

export interface OpenMedia {
  video?: VideoSource
  audio?: AudioSource
}

/**
 * Decodes the input with one ffmpeg into raw pictures and sound, which so keep their step; resolves when the first of
 * each are there. The process ends when the last of its sources is disposed; a source whose ffmpeg failed ends with the
 * PeerError of the reason.
 */
export async function openMedia(
  path: string,
  input: MediaInput,
  { video, audio, signal }: OpenMediaOptions,
): Promise<OpenMedia> {
  await using opened = new Disposables()
  const ffmpeg = opened.use(
    startFfmpeg(path, {
      outputs: (video ? 1 : 0) + (audio ? 1 : 0),
      signal,
      args: ({ outputs }) => decodeArgs(input, { video, audio }, outputs),
    }),
  )
  const outputs = [...ffmpeg.outputs]
  const videoPipe = video && outputs.shift()
  const audioPipe = audio && outputs.shift()
  const owners = shareOwner(ffmpeg, [videoPipe, audioPipe])
  const { live, name } = input
  let readFurther: (() => void) | undefined
  const [videoSource, audioSource] = await Promise.all([
    video && videoPipe
      ? openStreamedVideo(video.size, {
          readInto: readerOf(videoPipe, ffmpeg, { name, isSound: false }),
          live,
          owner: owners(videoPipe),
        })
      : undefined,
    audio && audioPipe
      ? openStreamedAudio(audio, {
          readInto: readerOf(audioPipe, ffmpeg, { name, isSound: true }),
          live,
          owner: owners(audioPipe),
          onStarved: () => readFurther?.(),
        })
      : undefined,
  ])
  signal.throwIfAborted()
  readFurther = videoSource && (() => videoSource.readFurther())
  opened.move()
  return { ...(videoSource ? { video: videoSource } : {}), ...(audioSource ? { audio: audioSource } : {}) }
}

/** Filters and raw formats for each pipe; `-map` takes the first stream of its kind. */
function decodeArgs(
  { args, live }: MediaInput,
  { video, audio }: Pick<OpenMediaOptions, 'video' | 'audio'>,
  outputs: readonly string[],
): string[] {
  const pipes = [...outputs]
  const all = [...args]
  if (video) {
    all.push('-map', '0:V:0', '-vf', videoFilters(video, live), '-fps_mode', 'passthrough')
    all.push('-pix_fmt', 'yuv420p', '-f', 'rawvideo', pipes.shift() ?? '')
  }
  if (audio) {
    // Gaps become silence, and what begins later than the picture is moved to where it belongs.
    all.push('-map', '0:a:0', '-af', live ? 'aresample=async=1' : 'aresample=async=1:first_pts=0')
    all.push('-ar', String(audio.sampleRate), '-ac', String(audio.channelCount))
    all.push('-f', 's16le', pipes.shift() ?? '')
  }
  return all
}

function videoFilters({ facts, size, fit }: NonNullable<OpenMediaOptions['video']>, live: boolean): string {
  const { width, height, frameRate } = size
  const box = `${width}:${height}`
  const scaled = {
    contain: [`scale=${box}:force_original_aspect_ratio=decrease`, `pad=${box}:(ow-iw)/2:(oh-ih)/2`],
    cover: [`scale=${box}:force_original_aspect_ratio=increase`, `crop=${box}`],
    stretch: [`scale=${box}`],
  }[fit]
  const isScaled = facts.width !== width || facts.height !== height
  return [
    // What happens now is shown when it comes; what is recorded has one picture for each slot.
    ...(live ? [] : [`fps=${frameRate}:start_time=0`]),
    // Square pixels first: what follows counts in them.
    ...(facts.isAnamorphic ? ['scale=round(iw*sar):ih', 'setsar=1'] : []),
    ...(facts.isFullRange ? ['scale=out_range=tv'] : []),
    // A scaler that changes nothing would still copy each picture.
    ...(isScaled ? scaled : []),
    'null',
  ].join(',')
}

/** Sound ends where it ends: what is missing in its last block is silence. A picture is whole or broken. */
function readerOf(
  pipe: Readable,
  ffmpeg: FfmpegProcess,
  { name, isSound }: { name: string; isSound: boolean },
) {
  const reader = createByteReader(pipe, name)
  return async (target: Uint8Array): Promise<boolean> => {
    try {
      if (isSound) target.fill(0)
      if (await reader.readInto(target, { isPartial: isSound })) return true
    } catch (error) {
      throw ffmpegFailure(await ffmpeg.ended, `read ${name}`) ?? error
    }
    const failure = ffmpegFailure(await ffmpeg.ended, `read ${name} to its end`)
    if (failure) throw failure
    return false
  }
}

/** The process belongs to all of its sources; what one of them leaves in its pipe must not hold the other one up. */
function shareOwner(ffmpeg: FfmpegProcess, pipes: readonly (Readable | undefined)[]) {
  const open = new Set(pipes.filter((pipe) => pipe !== undefined))
  return (pipe: Readable): AsyncDisposable => ({
    async [Symbol.asyncDispose]() {
      open.delete(pipe)
      if (open.size === 0) await ffmpeg[Symbol.asyncDispose]()
      else drain(pipe)
    },
  })
}

function drain(pipe: Readable): void {
  pipe.removeAllListeners('readable')
  pipe.resume()
}
