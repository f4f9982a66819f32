import type { Writable } from 'node:stream'
import { deferred, type Deferred } from '../../async/deferred.js'
import { PeerError } from '../../errors.js'
import type { EncodedFormat } from '../../media/recording/format.js'
import { encodeMatroskaBlock, encodeMatroskaHeader } from '../../media/recording/matroska.js'
import type { RecordedTracks, RecordingWriter } from '../../media/recording/ports.js'
import { ffmpegFailure } from './ffmpeg-failure.js'
import { outputArguments, type Bitrates } from './recording-codecs.js'
import { startFfmpeg, type FfmpegEnd, type FfmpegProcess } from './start-ffmpeg.js'

/** Raw streams have nothing to analyse, and what is analysed is held back. */
const INPUT_ARGUMENTS = ['-analyzeduration', '0', '-probesize', '4096', '-f', 'matroska']

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
      ...INPUT_ARGUMENTS,
      '-i',
      input,
      ...outputArguments(format, tracks, bitrates),
      '-y',
      // Without the protocol a name like `a:b.webm` would be taken for one.
      `file:${file.path}`,
    ],
  })
  const [input] = child.inputs
  if (!input) throw new TypeError('ffmpeg was started without an input')
  const pipe = new FramePipe(child, input, file.path)
  pipe.start(encodeMatroskaHeader(tracks))
  return {
    path: file.path,
    writeVideo: (data, timeMs) => pipe.write('video', data, timeMs),
    writeAudio: (samples, timeMs) =>
      pipe.write('audio', new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), timeMs),
    finish: () => pipe.finish(),
    size: () => file.size(),
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]()
      await file[Symbol.asyncDispose]()
    },
  }
}

class FramePipe {
  readonly #child: FfmpegProcess
  readonly #input: Writable
  readonly #path: string
  #end: FfmpegEnd | undefined
  #waiting: Deferred<void> | undefined

  constructor(child: FfmpegProcess, input: Writable, path: string) {
    this.#child = child
    this.#input = input
    this.#path = path
    input.on('drain', () => this.#waiting?.resolve())
    // Never rejects.
    void child.ended.then((end) => {
      this.#end = end
      this.#waiting?.resolve()
    })
  }

  start(header: Uint8Array): void {
    this.#input.write(header)
  }

  async write(kind: 'video' | 'audio', bytes: Uint8Array, timeMs: number): Promise<void> {
    this.#throwIfEnded()
    this.#input.write(encodeMatroskaBlock(kind, timeMs, bytes.byteLength))
    if (this.#input.write(bytes)) return
    this.#waiting = deferred()
    await this.#waiting.promise
    this.#throwIfEnded()
  }

  async finish(): Promise<void> {
    const end = await this.#child.finish()
    if (end.code !== 0) throw this.#failure(end)
  }

  #throwIfEnded(): void {
    if (this.#end) throw this.#failure(this.#end)
  }

  #failure(end: FfmpegEnd): PeerError {
    const failure = ffmpegFailure(end, `write ${this.#path}`)
    if (failure?.code === 'NO_SPACE') return failure
    return new PeerError('IO_ERROR', failure?.message ?? `ffmpeg ended before ${this.#path} was complete.`, {
      hint: 'What was recorded until then is in the file.',
      cause: failure?.cause,
    })
  }
}
