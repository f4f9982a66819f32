import type { Writable } from 'node:stream'
import { deferred, type Deferred } from '../../async/deferred.js'
import { PeerError } from '../../errors.js'
import { encodeMatroskaBlock, encodeMatroskaHeader } from '../../media/recording/matroska.js'
import type { RecordedTracks, RecordingWriter } from '../../media/recording/ports.js'
import type { MediaKind } from '../../sdp/media-kind.js'
import { ffmpegFailure } from './ffmpeg-failure.js'
import type { FfmpegEnd, FfmpegProcess } from './start-ffmpeg.js'

/** How the process reads the pipe. Raw streams have nothing to analyse, and what is analysed is held back. */
export const RAW_INPUT_ARGUMENTS = ['-analyzeduration', '0', '-probesize', '4096', '-f', 'matroska']

/** Raw pictures and sound on their way into the first input of a process, with the back-pressure of its pipe. */
export class RawMediaPipe implements Pick<RecordingWriter, 'writeVideo' | 'writeAudio'> {
  readonly #child: FfmpegProcess
  readonly #input: Writable
  readonly #path: string
  #end: FfmpegEnd | undefined
  #waiting: Deferred<void> | undefined

  /** `path` is what the process writes, for its failures. */
  constructor(child: FfmpegProcess, tracks: RecordedTracks, path: string) {
    const [input] = child.inputs
    if (!input) throw new TypeError('the process was started without an input')
    this.#child = child
    this.#input = input
    this.#path = path
    input.on('drain', () => this.#waiting?.resolve())
    // Never rejects.
    void child.ended.then((end) => {
      this.#end = end
      this.#waiting?.resolve()
    })
    input.write(encodeMatroskaHeader(tracks))
  }

  writeVideo(data: Uint8Array, timeMs: number): Promise<void> {
    return this.#write('video', data, timeMs)
  }

  writeAudio({ buffer, byteOffset, byteLength }: Int16Array, timeMs: number): Promise<void> {
    return this.#write('audio', new Uint8Array(buffer, byteOffset, byteLength), timeMs)
  }

  /** Ends the input and resolves when the process has written what is left and is gone. */
  async finish(): Promise<void> {
    const end = await this.#child.finish()
    // Some of its muxers say that the disk is full, and exit with 0 all the same.
    const isFull = ffmpegFailure(end, `write ${this.#path}`)?.code === 'NO_SPACE'
    if (end.code !== 0 || isFull) throw this.#failure(end)
  }

  async #write(kind: MediaKind, bytes: Uint8Array, timeMs: number): Promise<void> {
    this.#throwIfEnded()
    this.#input.write(encodeMatroskaBlock(kind, timeMs, bytes.byteLength))
    if (this.#input.write(bytes)) return
    this.#waiting = deferred()
    await this.#waiting.promise
    this.#throwIfEnded()
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
