import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openEncodedWriter } from '../../../src/adapters/ffmpeg/encoded-recording.js'
import { createNewFile } from '../../../src/adapters/files/new-file.js'
import { createBars } from '../../../src/media/bars.js'
import { createTone } from '../../../src/media/tone.js'
import type { EncodedFormat } from '../../../src/media/recording/format.js'
import type { RecordedTracks } from '../../../src/media/recording/ports.js'
import { isMissing } from '../../support/coturn.js'
import { temporaryDirectory } from '../../support/files.js'
import { packetTimesMs, probeMedia } from '../../support/media-file.js'

const VIDEO = { width: 160, height: 120, frameRate: 30 }
const AUDIO = { sampleRate: 48_000, channelCount: 1 }

async function openWriter(format: EncodedFormat, tracks: RecordedTracks) {
  const path = join(await temporaryDirectory(), `call.${format}`)
  const file = await createNewFile(path, { onConflict: 'fail', option: '--record' })
  return openEncodedWriter(file, { ffmpeg: 'ffmpeg', format, tracks, bitrates: {} })
}

/** Two seconds of bars and a tone, the pictures at uneven times. */
async function writeTwoSeconds(writer: Awaited<ReturnType<typeof openWriter>>, tracks: RecordedTracks) {
  const bars = createBars(VIDEO)
  const tone = createTone({ frequency: 440 })
  const frameTimes: number[] = []
  for (let timeMs = 0; timeMs < 2000; timeMs += 10) {
    if (tracks.audio) await writer.writeAudio(tone.next(timeMs / 10).samples, timeMs)
    if (tracks.video && timeMs % 40 === 0) {
      const at = timeMs === 0 ? 0 : timeMs + ((timeMs / 40) % 7)
      frameTimes.push(at)
      await writer.writeVideo(bars.draw(frameTimes.length).data.slice(), at)
    }
  }
  await writer.finish(2000)
  return frameTimes
}

describe.skipIf(isMissing('ffmpeg'))('openEncodedWriter', () => {
  it.each<[EncodedFormat, string, string]>([
    ['webm', 'vp9', 'opus'],
    ['mkv', 'vp9', 'opus'],
    ['mp4', 'h264', 'aac'],
  ])('writes both streams to %s and keeps the time of every picture', async (format, video, audio) => {
    const tracks = { video: VIDEO, audio: AUDIO }
    const writer = await openWriter(format, tracks)
    const frameTimes = await writeTwoSeconds(writer, tracks)
    await writer[Symbol.asyncDispose]()
    const probed = probeMedia(writer.path)
    expect(probed.video).toMatchObject({ codec: video, width: 160, height: 120, colorSpace: 'smpte170m' })
    expect(probed.audio?.codec).toBe(audio)
    expect(Math.abs(probed.durationMs - 2000)).toBeLessThan(80)
    const times = packetTimesMs(writer.path, 'video')
    expect(times.length).toBe(frameTimes.length)
    // The first picture of an MP4 stands while the encoder of the sound fills.
    const shift = (times[1] ?? 0) - (frameTimes[1] ?? 0)
    const errors = times.slice(1).map((at, index) => Math.abs(at - shift - (frameTimes[index + 1] ?? 0)))
    expect(Math.max(...errors)).toBeLessThan(2)
  })

  it('writes one stream where there is only one', async () => {
    for (const [format, tracks] of [
      ['webm', { video: VIDEO }],
      ['mp4', { audio: AUDIO }],
      ['ogg', { audio: AUDIO }],
    ] as const) {
      const writer = await openWriter(format, tracks)
      await writeTwoSeconds(writer, tracks)
      await writer[Symbol.asyncDispose]()
      const { video, audio, durationMs } = probeMedia(writer.path)
      expect([video !== undefined, audio !== undefined]).toEqual(['video' in tracks, 'audio' in tracks])
      expect(Math.abs(durationMs - 2000)).toBeLessThan(80)
    }
  })

  it('says why it cannot write', async () => {
    const file = {
      path: '/nowhere/call.webm',
      size: async () => 0,
      [Symbol.asyncDispose]: async () => undefined,
    }
    const tracks = { video: VIDEO }
    await using writer = openEncodedWriter(file, { ffmpeg: 'ffmpeg', format: 'webm', tracks, bitrates: {} })
    await expect(writeTwoSeconds(writer, tracks)).rejects.toMatchObject({
      code: 'IO_ERROR',
      message: expect.stringContaining('No such file or directory'),
    })
  })
})
