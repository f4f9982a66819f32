import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fileInput, urlInput } from '../../../src/adapters/ffmpeg/media-input.js'
import { openMedia } from '../../../src/adapters/ffmpeg/open-media.js'
import { probeMedia } from '../../../src/adapters/ffmpeg/probe-media.js'
import { delay } from '../../../src/async/delay.js'
import { isMissing } from '../../support/coturn.js'
import { temporaryDirectory } from '../../support/files.js'
import { mediaFile } from '../../support/media-files.js'

const { signal } = new AbortController()
const FORMAT = { sampleRate: 48_000, channelCount: 1 }
const SECONDS = 4

/** White and 1000 Hz for the first tenth of each second, black and silence for the rest of it. */
async function flashes(): Promise<string> {
  const path = join(await temporaryDirectory(), 'flashes.mp4')
  const on = 'lt(mod(t,1),0.1)'
  const picture = `color=black:size=64x64:rate=30:duration=${SECONDS},drawbox=c=white:t=fill:enable='${on}'`
  const sound = `aevalsrc='sin(2*PI*1000*t)*${on}':s=48000:d=${SECONDS}`
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac']
  const { status, stderr } = spawnSync(
    'ffmpeg',
    ['-v', 'error', '-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound, ...codecs, path],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stderr)
  return path
}

/** Takes every item of a source, however slow it comes, and returns when the signal in it begins, in milliseconds. */
async function onsets<Item>(
  count: number,
  slotMs: number,
  take: (slot: number) => Item | null,
  isOn: (item: Item) => boolean,
) {
  const begins: number[] = []
  let wasOn = false
  for (let slot = 0; slot < count; slot++) {
    let item = take(slot)
    for (; item === null; item = take(slot)) await delay(1)
    const on = isOn(item)
    if (on && !wasOn) begins.push(slot * slotMs)
    wasOn = on
  }
  return begins
}

describe.skipIf(isMissing('ffmpeg'))('sound and picture of one file', () => {
  it.each([
    { what: 'from its beginning' },
    { what: 'from within', startMs: 1500 },
    { what: 'again and again', loop: true },
  ])('keep step within 40 ms, played $what', async ({ startMs = 0, loop = false }) => {
    const input = fileInput(await flashes(), { startMs, loop })
    const { video: facts } = await probeMedia('ffprobe', input, { signal })
    if (facts === null) throw new Error('no picture')
    const { video, audio } = await openMedia('ffmpeg', input, {
      video: { facts, size: facts, fit: 'contain' },
      audio: FORMAT,
      signal,
    })
    if (!video || !audio) throw new Error('one is missing')
    const playedMs = (loop ? 3 * SECONDS : SECONDS - startMs / 1000) * 1000 - 500
    const [seen, heard] = await Promise.all([
      onsets(
        Math.floor((playedMs * 30) / 1000),
        1000 / 30,
        (slot) => video.draw(slot),
        ({ data }) => (data[0] ?? 0) > 128,
      ),
      onsets(
        playedMs / 10,
        10,
        (slot) => audio.next(slot),
        ({ samples }) => samples.some((sample) => Math.abs(sample) > 3000),
      ),
    ])
    expect(seen.length).toBeGreaterThanOrEqual(loop ? 11 : 2)
    expect(heard.length).toBe(seen.length)
    const skews = seen.map((atMs, index) => Math.abs(atMs - (heard[index] ?? Number.NaN)))
    expect(Math.max(...skews)).toBeLessThanOrEqual(40)
    await Promise.all([video, audio].map((source) => source[Symbol.asyncDispose]()))
  })
})

describe.skipIf(isMissing('ffmpeg'))('probeMedia', () => {
  it('tells size, rate and what there is', async () => {
    const film = await probeMedia('ffprobe', fileInput(mediaFile('film.mp4')), { signal })
    expect(film).toEqual({
      video: {
        width: 320,
        height: 240,
        frameRate: 30,
        isStill: false,
        isAnamorphic: false,
        isFullRange: false,
      },
      hasAudio: true,
    })
    const picture = await probeMedia('ffprobe', fileInput(mediaFile('picture.png')), { signal })
    expect(picture).toMatchObject({ video: { width: 320, height: 240, isStill: true }, hasAudio: false })
    const song = await probeMedia('ffprobe', fileInput(mediaFile('song.mp3')), { signal })
    expect(song).toEqual({ video: null, hasAudio: true })
  })
})

describe('inputs', () => {
  it('keep a file from the network, and a password out of what is shown', () => {
    expect(fileInput('a:b.m3u8', { startMs: 1500, loop: true }).args).toEqual([
      '-protocol_whitelist',
      'file,crypto,data',
      '-ss',
      '1.5',
      '-stream_loop',
      '-1',
      '-i',
      'file:a:b.m3u8',
    ])
    expect(urlInput('rtsp://user:secret@camera/1', { live: true }).name).toBe('rtsp://user:***@camera/1')
  })
})
