import { readFileSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startCli, type CliExit } from '../support/cli.js'
import { isMissing } from '../support/coturn.js'
import { temporaryDirectory } from '../support/files.js'
import { probeMedia, toneOf } from '../support/media-file.js'
import { openNamespace, parseEvents, whyNoNamespace } from '../support/namespace.js'
import { openSignalingServer } from '../support/signaling-server.js'

const SENDING = ['--video', 'bars', '--audio', 'tone', '--width', '320', '--height', '240']

function finishedOf({ events }: Pick<CliExit, 'events'>) {
  return events.flatMap((event) => (event.event === 'recording' && event.state === 'finished' ? [event] : []))
}

function inspect(path: string) {
  const { durationMs: fileDurationMs, video, audio } = probeMedia(path)
  return { fileDurationMs, video, audio, fileBytes: readFileSync(path).length }
}

/** Programs whose parent this process is. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => {
      try {
        return readFileSync(`/proc/${child}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(pid)
      } catch {
        return false
      }
    })
}

describe.skipIf(isMissing('ffmpeg'))('--record', () => {
  it('writes files with both tracks, as long as the call, with the pictures and the tone that arrived', async () => {
    await using server = await openSignalingServer()
    const cwd = await temporaryDirectory()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    const names = ['call.mp4', 'call.ogg', 'call.wav', 'call.webm', 'call.y4m']
    const options = names.flatMap((name) => ['--record', name])
    await using offerer = startCli(['offer', ...place, ...SENDING])
    await using answerer = startCli(['answer', ...place, ...options, '--duration', '3s'], { cwd })
    const [, exit] = await Promise.all([offerer.exit, answerer.exit])
    expect(exit.code).toBe(0)
    const finished = finishedOf(exit)
    expect(finished.map(({ path }) => path).toSorted()).toEqual(names)
    const files = finished.map((event) => ({ ...event, ...inspect(join(cwd, event.path)) }))
    for (const { durationMs, fileDurationMs, bytes, fileBytes } of files) {
      expect(Math.abs(durationMs - 3000)).toBeLessThan(300)
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

  it('leaves a whole file where the peer dies', async () => {
    await using server = await openSignalingServer()
    const cwd = await temporaryDirectory()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    await using offerer = startCli(['offer', ...place, ...SENDING])
    await using answerer = startCli(['answer', ...place, '--record', 'call.webm', '--record', 'call.mp4'], {
      cwd,
    })
    await answerer.waitForEvent((event) => event.event === 'track' && event.kind === 'video')
    offerer.kill('SIGKILL')
    const exit = await answerer.exit
    expect(exit.code).toBe(75)
    for (const { path, durationMs } of finishedOf(exit)) {
      expect(Math.abs(probeMedia(join(cwd, path)).durationMs - durationMs)).toBeLessThan(150)
    }
    expect(finishedOf(exit)).toHaveLength(2)
  })

  it('ends with 74 where ffmpeg is killed, and keeps the call and what was recorded', async () => {
    await using server = await openSignalingServer()
    const cwd = await temporaryDirectory()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    await using offerer = startCli(['offer', ...place, ...SENDING, '--duration', '4s'])
    await using answerer = startCli(['answer', ...place, '--record', 'call.mp4'], { cwd })
    await answerer.waitForEvent('recording')
    await answerer.waitForEvent((event) => event.event === 'track' && event.kind === 'video')
    for (const child of childrenOf(answerer.pid ?? 0)) process.kill(child, 'SIGKILL')
    const [{ code: offererCode }, exit] = await Promise.all([offerer.exit, answerer.exit])
    expect([offererCode, exit.code]).toEqual([0, 74])
    const warnings = exit.events.flatMap((event) => (event.event === 'warning' ? [event] : []))
    expect(warnings).toMatchObject([{ code: 'IO_ERROR', message: expect.stringContaining('SIGKILL') }])
    expect(exit.events.filter(({ event }) => event === 'track')).toHaveLength(2)
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

  it('plays in a window that may be closed, and needs ffplay for it', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    await using offerer = startCli(['offer', ...place, ...SENDING, '--duration', '3s'])
    await using answerer = startCli(['answer', ...place, '--play'], {
      env: { SDL_VIDEODRIVER: 'dummy', SDL_AUDIODRIVER: 'dummy' },
    })
    await answerer.waitForEvent((event) => event.event === 'track' && event.kind === 'video')
    const children = childrenOf(answerer.pid ?? 0)
    expect(children).toHaveLength(1)
    for (const child of children) process.kill(child)
    expect((await Promise.all([offerer.exit, answerer.exit])).map(({ code }) => code)).toEqual([0, 0])
  })

  it.each([
    [64, 'USAGE', ['--view'], {}],
    [69, 'FFMPEG_UNAVAILABLE', ['--play'], { PATH: '/nowhere' }],
    [64, 'USAGE', ['--record', 'call.avi'], {}],
    [73, 'OUTPUT_EXISTS', ['--record', 'taken.webm'], {}],
    [73, 'OUTPUT_UNWRITABLE', ['--record', 'missing/call.webm'], {}],
    [
      73,
      'OUTPUT_UNWRITABLE',
      ['--record', '/dev/null', '--record-format', 'webm', '--on-conflict', 'overwrite'],
      {},
    ],
    [69, 'FFMPEG_UNAVAILABLE', ['--record', 'call.webm'], { PATH: '/nowhere' }],
  ])('exits %i (%s) before it connects: %j', async (expected, error, options, env) => {
    const cwd = await temporaryDirectory()
    await writeFile(join(cwd, 'taken.webm'), 'mine')
    await using cli = startCli(['answer', '--room', 'x', '--json', ...options], { cwd, env })
    const { code, events } = await cli.exit
    expect(code).toBe(expected)
    expect(events.map(({ event }) => event)).toEqual(['error', 'exit'])
    expect(events[0]).toMatchObject({ code: error })
    expect(readdirSync(cwd)).toEqual(['taken.webm'])
    expect(readFileSync(join(cwd, 'taken.webm'), 'utf8')).toBe('mine')
  })

  it.skipIf(whyNoNamespace() !== undefined)('ends with 74 where the disk is full', async () => {
    await using namespace = await openNamespace()
    const cwd = await temporaryDirectory()
    const cli = [process.execPath, new URL('../../bin/webrtc-cli.js', import.meta.url).pathname]
    const place = ['--room', 'x', '--json']
    const offerer = namespace.start([
      ...cli,
      'offer',
      ...place,
      ...SENDING,
      '--message',
      'a',
      '--duration',
      '3s',
    ])
    const onSmallDisk =
      'mount -t tmpfs -o size=256k none . && cd . && "$@"; code=$?; cp call.y4m "$KEPT"; exit $code'
    const files = ['call.y4m', 'call.webm']
    const recording = files.flatMap((file) => ['--record', file])
    const options = [...recording, '--message', 'b', '--duration', '3s']
    const kept = join(await temporaryDirectory(), 'kept.y4m')
    const answerer = namespace.start(
      [
        'unshare',
        '-m',
        'sh',
        '-c',
        `cd "${cwd}" && ${onSmallDisk.replace('cd .', `cd "${cwd}"`)}`,
        'sh',
        ...cli,
        'answer',
        ...place,
        ...options,
      ],
      { cwd, env: { ...process.env, KEPT: kept } },
    )
    const [sent, received] = await Promise.all([offerer.exit, answerer.exit])
    expect([sent.code, received.code]).toEqual([0, 74])
    const events = parseEvents(received)
    expect(events.findLast(({ event }) => event === 'error')).toMatchObject({ code: 'NO_SPACE' })
    const failed = events.flatMap((event) =>
      event.event === 'recording' && event.state === 'failed' ? [event.path] : [],
    )
    expect(failed.toSorted()).toEqual(files.toSorted())
    expect(probeMedia(kept).video?.packets).toBeGreaterThanOrEqual(1)
  })
})
