import type { RecordedTracks, RecordingWriter } from '../../media/recording/ports.js'
import { createFrameGrid } from '../../media/recording/frame-grid.js'
import { encodeWavHeader } from '../../media/recording/wav.js'
import { encodeY4mHeader, Y4M_FRAME_HEADER } from '../../media/recording/y4m.js'
import type { NewFile } from './new-file.js'

/** Larger than any file: the sizes in the header say "until the end" as long as the recording goes on. */
const UNTIL_THE_END = 2 ** 32

/** Records the pictures to a YUV4MPEG2 file with a constant rate; it can be played up to wherever it stops. */
export async function openY4mWriter(file: NewFile, { video }: RecordedTracks): Promise<RecordingWriter> {
  const grid = createFrameGrid(video?.frameRate ?? 1)
  let last: Uint8Array | undefined
  const show = async (times: number) => {
    const picture = last
    if (picture === undefined) return
    for (let time = 0; time < times; time++) await file.append(Y4M_FRAME_HEADER, picture)
  }
  if (video) await file.append(encodeY4mHeader(video))
  return {
    path: file.path,
    async writeVideo(data, timeMs) {
      await show(grid.advance(timeMs))
      last = data
    },
    writeAudio: async () => undefined,
    finish: (endMs) => show(grid.finish(endMs)),
    size: () => file.size(),
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  }
}

/** Records the sound to a WAV file of 16-bit PCM; it can be played up to wherever it stops. */
export async function openWavWriter(file: NewFile, { audio }: RecordedTracks): Promise<RecordingWriter> {
  const format = audio ?? { sampleRate: 48_000, channelCount: 1 }
  const bytesPerMs = (format.sampleRate * format.channelCount * 2) / 1000
  const frameBytes = format.channelCount * 2
  let dataBytes = 0
  const append = async (samples: Uint8Array) => {
    await file.append(samples)
    dataBytes += samples.byteLength
  }
  await file.append(encodeWavHeader(format, UNTIL_THE_END))
  return {
    path: file.path,
    writeVideo: async () => undefined,
    async writeAudio(samples, timeMs) {
      // Sound that had to be left out is silence, or all that follows would be early.
      const missing = Math.round((timeMs * bytesPerMs - dataBytes) / frameBytes) * frameBytes
      if (missing > frameBytes) await append(new Uint8Array(missing))
      await append(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
    },
    finish: () => file.overwrite(encodeWavHeader(format, dataBytes), 0),
    size: () => file.size(),
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  }
}
