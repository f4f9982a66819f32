import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { expectRefused, startCli } from '../support/cli.js'
import { isMissing } from '../support/coturn.js'
import { temporaryDirectory } from '../support/files.js'
import { probeMedia } from '../support/media-file.js'
import { openSignalingServer } from '../support/signaling-server.js'

/** Colour at a place of a picture file, 0 to 1 from left and top. */
function colourAt(path: string, x: number, y: number): number[] {
  const crop = `crop=4:4:${x}*iw:${y}*ih,scale=1:1:flags=area,format=rgb24`
  const { stdout } = spawnSync('ffmpeg', ['-v', 'error', '-i', path, '-vf', crop, '-f', 'rawvideo', '-'])
  return Array.from(stdout)
}

describe.skipIf(isMissing('ffmpeg'))('--snapshot', () => {
  it('writes a PNG once and JPEGs again and again, in the colours that were sent', async () => {
    await using server = await openSignalingServer()
    const cwd = await temporaryDirectory()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    const sending = ['--video', 'bars', '--width', '320', '--height', '240']
    const once = ['--snapshot', 'one.png', '--snapshot-at', '200ms']
    const often = ['--snapshot', 'many.jpg', '--snapshot-every', '300ms']
    await using first = startCli(['offer', ...place, ...sending, ...often], { cwd })
    await using second = startCli(['answer', ...place, ...sending, ...once], { cwd })
    await Promise.all([
      second.waitForEvent('snapshot'),
      first.waitForEvent((event) => event.event === 'snapshot' && event.path === 'many-0002.jpg'),
    ])
    second.kill('SIGINT')
    const exits = await Promise.all([first.exit, second.exit])
    expect(exits.map(({ code }) => code)).toEqual([0, 130])
    const told = exits.flatMap(({ events }) =>
      events.flatMap((event) => (event.event === 'snapshot' ? [event.path] : [])),
    )
    expect(told.toSorted()).toEqual(readdirSync(cwd).toSorted())
    for (const name of ['one.png', 'many-0002.jpg']) {
      expect(probeMedia(join(cwd, name)).video).toMatchObject({ width: 320, height: 240 })
      // The second of seven bars is yellow, the last one blue.
      const [yellow, blue] = [colourAt(join(cwd, name), 3 / 14, 0.3), colourAt(join(cwd, name), 13 / 14, 0.3)]
      const distance = (colour: number[], wanted: number[]) =>
        Math.max(...wanted.map((value, index) => Math.abs(value - (colour[index] ?? 0))))
      expect(distance(yellow, [191, 191, 0])).toBeLessThan(20)
      expect(distance(blue, [0, 0, 191])).toBeLessThan(20)
    }
  })

  it('is refused before it connects', async () => {
    const cwd = await temporaryDirectory()
    await expectRefused(cwd, [
      [64, 'USAGE', ['--snapshot', 'door.gif'], {}],
      [64, 'USAGE', ['--snapshot-every', '1s'], {}],
      [69, 'FFMPEG_UNAVAILABLE', ['--snapshot', 'door.jpg'], { PATH: '/nowhere' }],
      [73, 'OUTPUT_UNWRITABLE', ['--snapshot', 'missing/door.png'], {}],
    ])
    expect(readdirSync(cwd)).toEqual([])
  })
})
