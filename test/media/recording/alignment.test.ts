import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openEncodedWriter } from '../../../src/adapters/ffmpeg/encoded-recording.js'
import { createNewFile } from '../../../src/adapters/files/new-file.js'
import { openAudioOutput, openTrackSink, openVideoOutput } from '../../../src/adapters/wrtc/index.js'
import { pace } from '../../../src/async/pace.js'
import { i420Bytes } from '../../../src/media/ports.js'
import type { EncodedFormat } from '../../../src/media/recording/format.js'
import { createRecorder } from '../../../src/media/recording/recorder.js'
import { createTrackHub, type TrackConsumer } from '../../../src/media/track-hub.js'
import { isMissing } from '../../support/coturn.js'
import { temporaryDirectory } from '../../support/files.js'
import { onsetsOf, type Onsets } from '../../support/media-file.js'
import { openSessionPair } from '../../support/session-pair.js'

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

/** What tells a flash and its tone from the rest. */
const SIGNAL = { luma: 120, level: 4_000 }

describe.skipIf(isMissing('ffmpeg'))('a recording', () => {
  it('keeps sound and picture together as they arrived', { timeout: 60_000 }, async () => {
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
    const arrived: Onsets = { seen: [], heard: [] }
    hub.addTap(() => watchOnsets(arrived))
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
      const recorded = onsetsOf(path, SIGNAL)
      const pictureMs = movedBy(arrived.seen, recorded.seen)
      const soundMs = movedBy(arrived.heard, recorded.heard)
      expect(Math.abs(soundMs - pictureMs)).toBeLessThan(60)
    }
  })
})

/** The signals as they come, which is not as they were sent: a busy machine makes the one wait longer than the other. */
function watchOnsets({ seen, heard }: Onsets): TrackConsumer {
  const isOn = { seen: true, heard: true }
  const add = (kind: 'seen' | 'heard', now: boolean, atMs: number) => {
    const list = kind === 'seen' ? seen : heard
    if (now && !isOn[kind] && atMs - (list.at(-1) ?? 0) > 600) list.push(atMs)
    isOn[kind] = now
  }
  return {
    onFrame: ({ data }, atMs) => add('seen', (data[0] ?? 0) > SIGNAL.luma, atMs),
    onBlock: ({ samples }, atMs) =>
      add(
        'heard',
        samples.some((sample) => Math.abs(sample) > SIGNAL.level),
        atMs,
      ),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/**
 * Milliseconds from the arrival of a signal to its place in the file. One that this process was late to take is further
 * back: the most is what a signal has that was taken at once.
 */
function movedBy(arrived: readonly number[], recorded: readonly number[]): number {
  const moves = recorded.flatMap((fileMs, index) => {
    // From the end: the first ones may have come before the recording began.
    const arrivedMs = arrived.at(index - recorded.length)
    return arrivedMs === undefined ? [] : [fileMs - arrivedMs]
  })
  expect(moves.length).toBeGreaterThan(1)
  return Math.max(...moves)
}
