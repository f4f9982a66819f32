import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startCli } from '../support/cli.js'
import { isMissing } from '../support/coturn.js'
import { temporaryDirectory } from '../support/files.js'
import { probeMedia, toneOf } from '../support/media-file.js'
import { finishedOf } from '../support/recording-events.js'
import { openSignalingServer } from '../support/signaling-server.js'

const SENDING = ['--video', 'bars', '--audio', 'tone', '--width', '320', '--height', '240']

function inspect(path: string) {
  const { durationMs: fileDurationMs, video, audio } = probeMedia(path)
  return { fileDurationMs, video, audio, fileBytes: readFileSync(path).length }
}

describe.skipIf(isMissing('ffmpeg'))('--record', () => {
  it('writes files with both tracks, as long as the call, with the pictures and the tone that arrived', async () => {
    await using server = await openSignalingServer()
    const cwd = await temporaryDirectory()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    const names = ['call.mp4', 'call.ogg', 'call.wav', 'call.webm', 'call.y4m']
    const options = names.flatMap((name) => ['--record', name])
    await using offerer = startCli(['offer', ...place, ...SENDING])
    await using answerer = startCli(['answer', ...place, ...options, '--duration', '2s'], { cwd })
    const [, exit] = await Promise.all([offerer.exit, answerer.exit])
    expect(exit.code).toBe(0)
    const finished = finishedOf(exit)
    expect(finished.map(({ path }) => path).toSorted()).toEqual(names)
    const files = finished.map((event) => ({ ...event, ...inspect(join(cwd, event.path)) }))
    for (const { durationMs, fileDurationMs, bytes, fileBytes } of files) {
      expect(Math.abs(durationMs - 2000)).toBeLessThan(300)
      expect(Math.abs(fileDurationMs - durationMs)).toBeLessThan(150)
      expect(bytes).toBe(fileBytes)
    }
    const withSound = files.filter(({ audio }) => audio !== undefined)
    expect(withSound.map(({ path }) => path).toSorted()).toEqual(names.filter((name) => name !== 'call.y4m'))
    for (const { path } of withSound) expect(Math.abs(toneOf(join(cwd, path)) - 440)).toBeLessThan(2)
    const withPictures = files.filter(({ video }) => video !== undefined)
    expect(withPictures.map(({ path }) => path).toSorted()).toEqual(['call.mp4', 'call.webm', 'call.y4m'])
    for (const { video } of withPictures) expect(video).toMatchObject({ width: 320, height: 240 })
    for (const { video, frames } of withPictures.filter(({ path }) => path !== 'call.y4m')) {
      // Every picture that came; one is added where none came for a second, and one that stands until the end.
      expect((video?.packets ?? 0) - frames).toBeOneOf([0, 1, 2, 3])
    }
  })

  it('leaves whole files after Ctrl-C, in segments, and the one that was begun', async () => {
    await using server = await openSignalingServer()
    const cwd = await temporaryDirectory()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    await using offerer = startCli(['offer', ...place, ...SENDING])
    const options = ['--record', 'call.webm', '--record', 'call.mp4', '--record-segment', '1s']
    await using answerer = startCli(['answer', ...place, ...options], { cwd })
    await answerer.waitForEvent((event) => event.event === 'recording' && /-0003/.test(event.path))
    answerer.kill('SIGINT')
    const [{ code: offererCode }, exit] = await Promise.all([offerer.exit, answerer.exit])
    expect([offererCode, exit.code]).toEqual([0, 130])
    const written = readdirSync(cwd).toSorted()
    expect(written.slice(0, 2)).toEqual(['call-0001.mp4', 'call-0001.webm'])
    for (const name of written.filter((file) => /-000[12]/.test(file))) {
      const { video, audio, durationMs } = probeMedia(join(cwd, name))
      expect([video?.codec !== undefined, audio?.codec !== undefined]).toEqual([true, true])
      expect(Math.abs(durationMs - 1000)).toBeLessThan(150)
    }
  })

  it('needs no ffmpeg for .y4m and .wav', async () => {
    await using server = await openSignalingServer()
    const cwd = await temporaryDirectory()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    await using offerer = startCli(['offer', ...place, ...SENDING])
    const options = ['--record', 'call.y4m', '--record', 'call', '--duration', '1s']
    await using mixed = startCli(['answer', ...place, ...options], { cwd })
    expect((await mixed.exit).code).toBe(64)
    await using answerer = startCli(
      ['answer', ...place, '--record', 'call.y4m', '--record', 'call.wav', '--duration', '1s'],
      { cwd, env: { PATH: '/nowhere' } },
    )
    const [, exit] = await Promise.all([offerer.exit, answerer.exit])
    expect(exit.code).toBe(0)
    expect(readFileSync(join(cwd, 'call.y4m')).subarray(0, 24).toString()).toBe('YUV4MPEG2 W320 H240 F30:')
    expect(Math.abs(probeMedia(join(cwd, 'call.wav')).durationMs - 1000)).toBeLessThan(300)
  })
})
