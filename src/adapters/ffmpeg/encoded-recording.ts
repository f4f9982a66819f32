import type { EncodedFormat } from '../../media/recording/format.js'
import type { RecordedTracks, RecordingWriter } from '../../media/recording/ports.js'
import { RAW_INPUT_ARGUMENTS, RawMediaPipe } from './raw-media-pipe.js'
import { outputArguments, type Bitrates } from './recording-codecs.js'
import { startFfmpeg } from './start-ffmpeg.js'

/** Where the encoded file goes: it is there already, and ffmpeg writes into it. */
export interface EncodedFile extends AsyncDisposable {
  readonly path: string
  size(): Promise<number>
}

export interface EncodedRecordingOptions {
  /** Of the ffmpeg program. */
  ffmpeg: string
  format: EncodedFormat
  tracks: RecordedTracks
  bitrates: Bitrates
}

/** Records to a file that ffmpeg encodes and writes; disposing the writer disposes the file too. */
export function openEncodedWriter(file: EncodedFile, options: EncodedRecordingOptions): RecordingWriter {
  const { ffmpeg, format, tracks, bitrates } = options
  const child = startFfmpeg(ffmpeg, {
    inputs: 1,
    args: ({ inputs: [input = ''] }) => [
      ...RAW_INPUT_ARGUMENTS,
      '-i',
      input,
      ...outputArguments(format, tracks, bitrates),
      '-y',
      // Without the protocol a name like `a:b.webm` would be taken for one.
      `file:${file.path}`,
    ],
  })
  const pipe = new RawMediaPipe(child, tracks, file.path)
  return {
    path: file.path,
    writeVideo: (data, timeMs) => pipe.writeVideo(data, timeMs),
    writeAudio: (samples, timeMs) => pipe.writeAudio(samples, timeMs),
    finish: () => pipe.finish(),
    size: () => file.size(),
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]()
      await file[Symbol.asyncDispose]()
    },
  }
}
