import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startCli } from '../support/cli.js'
import { isMissing } from '../support/coturn.js'
import { temporaryDirectory } from '../support/files.js'
import { skewsOf } from '../support/media-file.js'
import { CLIP_SECONDS, CLIP_SIGNAL, mediaFile } from '../support/media-files.js'
import { openSignalingServer } from '../support/signaling-server.js'

describe.skipIf(isMissing('ffmpeg'))('a file that is sent and recorded', () => {
  it.each([
    ['film.mp4', 'film.mp4'],
    ['film.webm', 'film.webm'],
    ['film.mkv', 'film.mkv'],
    ['clip.y4m', 'song.wav'],
  ] as const)('has its flashes with its beeps: %s and %s', async (video, audio) => {
    await using server = await openSignalingServer()
    const recorded = join(await temporaryDirectory(), 'received.mp4')
    const place = ['--room', 'x', '--signal', server.url, '--json']
    const sources = ['--video', mediaFile(video), '--audio', mediaFile(audio)]
    await using offerer = startCli(['offer', ...place, ...sources, '--duration', `${CLIP_SECONDS + 1}s`])
    await using answerer = startCli(['answer', ...place, '--record', recorded])
    await Promise.all([offerer.exit, answerer.exit])
    const skews = skewsOf(recorded, CLIP_SIGNAL)
    expect(skews.length).toBeGreaterThan(0)
    expect(Math.max(...skews)).toBeLessThan(60)
  })
})
