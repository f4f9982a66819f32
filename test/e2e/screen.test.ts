import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startCli } from '../support/cli.js'
import { isMissing } from '../support/coturn.js'
import { temporaryDirectory } from '../support/files.js'
import { openSignalingServer } from '../support/signaling-server.js'
import { isRed, openDisplay, pixelOf, SCREEN_SIZE } from '../support/x-display.js'

describe.skipIf(isMissing('ffmpeg') || isMissing('Xvfb'))('a screen', () => {
  it('is captured and arrives in another process with the window that is on it', async () => {
    await using display = await openDisplay()
    await using server = await openSignalingServer()
    const snapshot = join(await temporaryDirectory(), 'screen.png')
    const place = ['--room', 'x', '--signal', server.url, '--json']
    const env = { DISPLAY: display.name }
    await using offerer = startCli(['offer', ...place, '--video', 'screen'], { env })
    await using answerer = startCli(['answer', ...place, '--snapshot', snapshot, '--snapshot-at', '1s'])
    await answerer.waitForEvent('snapshot')
    offerer.kill('SIGINT')
    const [sent, received] = await Promise.all([offerer.exit, answerer.exit])
    expect([sent.code, received.code]).toEqual([130, 0])
    expect(sent.events).toContainEqual(
      expect.objectContaining({ event: 'source', state: 'opened', ...SCREEN_SIZE, frameRate: 30 }),
    )
    expect(existsSync(snapshot)).toBe(true)
    const pixel = await pixelOf(['-i', snapshot])
    expect(isRed(pixel)).toBe(true)

    await using cli = startCli(['capabilities', '--json'], { env })
    const { devices } = await cli.waitForEvent('capabilities')
    expect(devices).toContainEqual({
      kind: 'screen',
      source: `screen:${display.name}`,
      label: null,
      ...SCREEN_SIZE,
    })
  })
})
