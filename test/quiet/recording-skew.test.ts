import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openEncodedWriter } from '../../src/adapters/ffmpeg/encoded-recording.js'
import { createNewFile } from '../../src/adapters/files/new-file.js'
import { openAudioOutput, openTrackSink, openVideoOutput } from '../../src/adapters/wrtc/index.js'
import { pace } from '../../src/async/pace.js'
import { i420Bytes } from '../../src/media/ports.js'
import type { EncodedFormat } from '../../src/media/recording/format.js'
import { createRecorder } from '../../src/media/recording/recorder.js'
import { createTrackHub } from '../../src/media/track-hub.js'
import { isMissing } from '../support/coturn.js'
import { temporaryDirectory } from '../support/files.js'
import { decodeLuma, decodeSound } from '../support/media-file.js'
import { openSessionPair } from '../support/session-pair.js'

const WIDTH = 160
const HEIGHT = 120
const FRAME_RATE = 30

/** Each second begins with a white picture and a loud tone of so many milliseconds. */
const SIGNAL_MS = 200
const CALL_MS = 4_600

function drawFlash(timeMs: number) {
  const data = new Uint8Array(i420Bytes(WIDTH, HEIGHT)).fill(128)
  return {
    width: WIDTH,
    height: HEIGHT,
    data: data.fill(timeMs % 1000 < SIGNAL_MS ? 235 : 16, 0, WIDTH * HEIGHT),
  }
}

function makeBeep(timeMs: number) {
  const loud = timeMs % 1000 < SIGNAL_MS ? 12_000 : 0
  const samples = Int16Array.from({ length: 480 }, (_, index) => loud * Math.sin((index * Math.PI) / 24))
  return { samples, sampleRate: 48_000, channelCount: 1 }
}

/** When the signal begins, in milliseconds, each time it does. */
function onsets(values: Iterable<{ timeMs: number; isOn: boolean }>): number[] {
  const found: number[] = []
  let before = true
  for (const { timeMs, isOn } of values) {
    // The first second is that of the connection: its picture stands from the beginning.
    if (isOn && !before && timeMs - (found.at(-1) ?? 0) > 600) found.push(timeMs)
    before = isOn
  }
  return found
}

function* loudness(samples: Int16Array) {
  for (let at = 0; at + 96 <= samples.length; at += 96) {
    yield { timeMs: at / 48, isOn: samples.subarray(at, at + 96).some((sample) => Math.abs(sample) > 4_000) }
  }
}

describe.skipIf(isMissing('ffmpeg'))('a recording', () => {
  it('keeps sound and picture together', async () => {
    const cwd = await temporaryDirectory()
    await using video = openVideoOutput()
    await using audio = openAudioOutput()
    await using pair = await openSessionPair({
      setUp: (connection, side) => {
        if (side === 'answerer') return
        connection.addTrack(video.track)
        connection.addTrack(audio.track)
      },
    })
    await using hub = createTrackHub({ openSink: openTrackSink })
    const ending = AbortSignal.timeout(CALL_MS)
    const formats: readonly EncodedFormat[] = ['webm', 'mp4']
    const recorders = formats.map((format) => {
      const path = join(cwd, `call.${format}`)
      const recorder = createRecorder({
        path,
        kinds: ['video', 'audio'],
        onEvent: () => undefined,
        openWriter: async (tracks) => {
          const file = await createNewFile(path, { onConflict: 'fail', option: '--record' })
          return openEncodedWriter(file, { ffmpeg: 'ffmpeg', format, tracks, bitrates: {} })
        },
      })
      hub.addTap(recorder.tap)
      return recorder
    })
    const recording = Promise.all(recorders.map((recorder) => recorder.run(ending)))
    const sending = Promise.all([
      pace({
        intervalMs: 1000 / FRAME_RATE,
        onTick: (index) => video.write(drawFlash((index * 1000) / FRAME_RATE)),
        signal: ending,
      }),
      pace({
        intervalMs: 10,
        maxCatchUp: 20,
        onTick: (index) => audio.write(makeBeep(index * 10)),
        signal: ending,
      }),
    ])
    let tracks = 0
    for await (const track of pair.answerer.tracks()) {
      await hub.addTrack(track)
      if (++tracks === 2) break
    }
    await Promise.all([recording, sending])
    expect(recorders.map(({ failure }) => failure)).toEqual([undefined, undefined])
    for (const { path } of recorders) {
      const seen = onsets(decodeLuma(path).map(({ timeMs, luma }) => ({ timeMs, isOn: luma > 120 })))
      const heard = onsets(loudness(decodeSound(path)))
      // A busy machine moves single signals at their source; what is wrong with a recording moves all of them.
      const skews = seen.flatMap((timeMs) => heard.map((otherMs) => Math.abs(timeMs - otherMs)))
      expect(Math.min(...skews)).toBeLessThan(60)
    }
  })
})
