import { readFileSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { childrenOf } from '../support/child-processes.js'
import { expectRefused, startCli } from '../support/cli.js'
import { isMissing } from '../support/coturn.js'
import { temporaryDirectory } from '../support/files.js'
import { probeMedia } from '../support/media-file.js'
import { openNamespace, parseEvents, whyNoNamespace } from '../support/namespace.js'
import { finishedOf } from '../support/recording-events.js'
import { openSignalingServer } from '../support/signaling-server.js'

const SENDING = ['--video', 'bars', '--audio', 'tone', '--width', '320', '--height', '240']

describe.skipIf(isMissing('ffmpeg'))('a recording that cannot go on, or cannot begin', () => {
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
    for (const child of childrenOf(answerer.pid)) process.kill(child, 'SIGKILL')
    const [{ code: offererCode }, exit] = await Promise.all([offerer.exit, answerer.exit])
    expect([offererCode, exit.code]).toEqual([0, 74])
    const warnings = exit.events.flatMap((event) => (event.event === 'warning' ? [event] : []))
    expect(warnings).toMatchObject([{ code: 'IO_ERROR', message: expect.stringContaining('SIGKILL') }])
    expect(exit.events.filter(({ event }) => event === 'track')).toHaveLength(2)
  })

  it('is refused before it connects where that can be told, and nothing is touched', async () => {
    const cwd = await temporaryDirectory()
    await writeFile(join(cwd, 'taken.webm'), 'mine')
    const ofDevice = ['--record', '/dev/null', '--record-format', 'webm', '--on-conflict', 'overwrite']
    await expectRefused(cwd, [
      [64, 'USAGE', ['--view'], {}],
      [69, 'FFMPEG_UNAVAILABLE', ['--play'], { PATH: '/nowhere' }],
      [64, 'USAGE', ['--record', 'call.avi'], {}],
      [73, 'OUTPUT_EXISTS', ['--record', 'taken.webm'], {}],
      [73, 'OUTPUT_UNWRITABLE', ['--record', 'missing/call.webm'], {}],
      [73, 'OUTPUT_UNWRITABLE', ofDevice, {}],
      [69, 'FFMPEG_UNAVAILABLE', ['--record', 'call.webm'], { PATH: '/nowhere' }],
    ])
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

describe.skipIf(isMissing('ffmpeg'))('--play', () => {
  it('plays in a window that may be closed, and needs ffplay for it', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    await using offerer = startCli(['offer', ...place, ...SENDING, '--duration', '3s'])
    await using answerer = startCli(['answer', ...place, '--play'], {
      env: { SDL_VIDEODRIVER: 'dummy', SDL_AUDIODRIVER: 'dummy' },
    })
    await answerer.waitForEvent((event) => event.event === 'track' && event.kind === 'video')
    const children = childrenOf(answerer.pid)
    expect(children).toHaveLength(1)
    for (const child of children) process.kill(child)
    expect((await Promise.all([offerer.exit, answerer.exit])).map(({ code }) => code)).toEqual([0, 0])
  })
})
