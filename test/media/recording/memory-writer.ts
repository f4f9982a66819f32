import type { OpenRecordingWriter, RecordedTracks } from '../../../src/media/recording/ports.js'

export interface MemoryFile {
  tracks: RecordedTracks
  /** Time in milliseconds and first byte of each picture. */
  pictures: { timeMs: number; first: number | undefined; bytes: number }[]
  /** Milliseconds of sound, and of it those that are not silent. */
  soundMs: number
  loudMs: number
  /** Where a block did not begin where the one before it ended, in milliseconds. */
  holes: number[]
  endMs: number | undefined
}

/** Recordings in memory, one for each segment; `gate` holds every write up until it resolves. */
export function createMemoryFiles({ gate = Promise.resolve(), failAfter = Number.POSITIVE_INFINITY } = {}) {
  const files: MemoryFile[] = []
  const open: OpenRecordingWriter = async (tracks, segment) => {
    const file: MemoryFile = { tracks, pictures: [], soundMs: 0, loudMs: 0, holes: [], endMs: undefined }
    files.push(file)
    return {
      path: `call-${segment}`,
      async writeVideo(data, timeMs) {
        await gate
        if (file.pictures.length >= failAfter) throw new Error('the disk is full')
        file.pictures.push({ timeMs, first: data[0], bytes: data.length })
      },
      async writeAudio(samples, timeMs) {
        await gate
        const durationMs = samples.length / (tracks.audio?.channelCount ?? 1) / 48
        if (Math.abs(timeMs - file.soundMs) > 0.01) file.holes.push(timeMs - file.soundMs)
        file.soundMs += durationMs
        if (samples.some((sample) => sample !== 0)) file.loudMs += durationMs
      },
      async finish(endMs) {
        file.endMs = endMs
      },
      size: async () => file.pictures.length,
      [Symbol.asyncDispose]: async () => undefined,
    }
  }
  return { files, open }
}
