import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoChromium } from '../support/chromium.js'
import { openChromium, type Chromium } from '../support/chromium-peer.js'
import { startCli } from '../support/cli.js'
import { openSignalingServer } from '../support/signaling-server.js'

describe.skipIf(whyNoChromium() !== undefined)('a headless Chromium', () => {
  let chromium: Chromium
  beforeAll(async () => {
    chromium = await openChromium()
  }, 30_000)
  afterAll(() => chromium[Symbol.asyncDispose]())

  it('answers an offer and exchanges audio, video and a bye', async () => {
    await using server = await openSignalingServer()
    const place = ['--room', 'browser', '--signal', server.url, '--json']
    const peer = await chromium.join({
      url: server.url,
      room: 'browser',
      media: { audio: true, video: { width: 320, height: 240 } },
    })
    await using offerer = startCli(['offer', ...place, '--video', 'bars', '--audio', 'tone'])
    await peer.connected()
    const arrived = await Promise.all(
      (['video', 'audio'] as const).map((kind) =>
        offerer.waitForEvent((event) => event.event === 'track' && event.kind === kind),
      ),
    )
    expect(arrived).toMatchObject([{ width: 320, height: 240 }, { sampleRate: 48_000 }])
    const size = await peer.evaluate(async (width) => {
      const video = window.peer.tracks.find(({ kind }) => kind === 'video')?.element
      if (!(video instanceof HTMLVideoElement)) return undefined
      while (video.videoWidth !== width) await new Promise((drawn) => video.requestVideoFrameCallback(drawn))
      return [video.videoWidth, video.videoHeight]
    }, 640)
    expect(size).toEqual([640, 480])
    const inbound = (await peer.getStats()).find(
      ({ type, kind }) => type === 'inbound-rtp' && kind === 'video',
    )
    expect(inbound?.['framesDecoded']).toBeGreaterThan(0)
    await peer.leave()
    expect((await offerer.exit).code).toBe(0)
    expect(await peer.evaluate(() => window.peer.log, null)).toEqual([])
  })

  it('makes the offer itself', async () => {
    await using server = await openSignalingServer()
    await using answerer = startCli(['answer', '--room', 'r', '--signal', server.url, '--json'])
    const peer = await chromium.join({ url: server.url, room: 'r', role: 'offerer', media: { audio: true } })
    await peer.connected()
    await answerer.waitForEvent('track')
    answerer.kill('SIGINT')
    expect((await answerer.exit).code).toBe(130)
    expect(await peer.evaluate(() => window.peer.ended, null)).toBe('done')
  })
})
