import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { whyNoChromium } from '../support/chromium.js'
import { openChromium } from '../support/chromium-peer.js'
import { startCli } from '../support/cli.js'
import { isMissing } from '../support/coturn.js'
import { temporaryDirectory } from '../support/files.js'
import { decodeSound, probeMedia } from '../support/media-file.js'
import { openSignalingServer } from '../support/signaling-server.js'

/** In the page: the size of the received picture, and whether it moves; resolves when both are seen. */
async function watchPicture(wanted: { width: number; height: number }) {
  const element = window.peer.tracks.find(({ kind }) => kind === 'video')?.element
  if (!(element instanceof HTMLVideoElement)) return undefined
  const nextFrame = () => new Promise((drawn) => element.requestVideoFrameCallback(drawn))
  const canvas = document.createElement('canvas')
  canvas.width = wanted.width
  canvas.height = wanted.height
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) return undefined
  const brightness = () => {
    context.drawImage(element, 0, 0)
    // The lowest quarter of the bars, where a white box runs to and fro on black.
    const { data } = context.getImageData(0, wanted.height * 0.85, wanted.width, 1)
    return Array.from({ length: wanted.width }, (_, x) => data[x * 4] ?? 0)
  }
  while (element.videoWidth !== wanted.width) await nextFrame()
  const boxes = new Set<number>()
  while (boxes.size < 3) {
    await nextFrame()
    const box = brightness().findIndex((value) => value > 180)
    if (box >= 0) boxes.add(box)
  }
  return { width: element.videoWidth, height: element.videoHeight, places: boxes.size }
}

/** In the page: the frequency, in Hz, at which the received sound is loudest, once it is loud. */
async function listen(_nothing: null): Promise<number> {
  const element = window.peer.tracks.find(({ kind }) => kind === 'audio')?.element
  const stream = element?.srcObject
  if (!(stream instanceof MediaStream)) return 0
  const context = new AudioContext()
  const analyser = new AnalyserNode(context, { fftSize: 16_384 })
  context.createMediaStreamSource(stream).connect(analyser)
  const bins = new Float32Array(analyser.frequencyBinCount)
  for (;;) {
    await new Promise((passed) => setTimeout(passed, 100))
    analyser.getFloatFrequencyData(bins)
    const loudest = Math.max(...bins)
    if (loudest > -40) return (bins.indexOf(loudest) * context.sampleRate) / analyser.fftSize
  }
}

describe.skipIf(whyNoChromium() !== undefined || isMissing('ffmpeg'))('media with a browser', () => {
  it('is seen and heard there, and its camera and microphone are recorded here', async () => {
    await using chromium = await openChromium()
    await using server = await openSignalingServer()
    const cwd = await temporaryDirectory()
    const place = { url: server.url, room: 'x' }
    const peer = await chromium.join({ ...place, media: { audio: true, video: { width: 640, height: 480 } } })
    const sending = ['--video', 'bars', '--audio', 'tone']
    const recording = ['--record', 'browser.webm', '--record', 'browser.mp4']
    await using offerer = startCli(
      ['offer', '--room', 'x', '--signal', server.url, '--json', ...sending, ...recording],
      { cwd },
    )
    await peer.connected()
    await offerer.waitForEvent('connected')
    const connectedMs = performance.now()
    expect(await peer.evaluate(watchPicture, { width: 640, height: 480 })).toEqual({
      width: 640,
      height: 480,
      places: 3,
    })
    // A bin of the analysis is 3 Hz wide.
    expect(Math.abs((await peer.evaluate(listen, null)) - 440)).toBeLessThan(6)
    await offerer.waitForEvent((event) => event.event === 'track' && event.kind === 'video')
    await peer.leave()
    const { code, events } = await offerer.exit
    const callMs = performance.now() - connectedMs
    expect(code).toBe(0)
    const finished = events.flatMap((event) =>
      event.event === 'recording' && event.state === 'finished' ? [event] : [],
    )
    expect(finished).toHaveLength(2)
    for (const { path, durationMs } of finished) {
      const file = join(cwd, path)
      const { durationMs: fileDurationMs, video, audio } = probeMedia(file)
      expect(video).toMatchObject({ width: 640, height: 480 })
      expect(audio?.packets).toBeGreaterThan(0)
      expect(Math.abs(fileDurationMs - durationMs)).toBeLessThan(300)
      expect(callMs - fileDurationMs).toBeLessThan(2_000)
      // The fake microphone beeps.
      expect(decodeSound(file).some((sample) => Math.abs(sample) > 1_000)).toBe(true)
    }
  })
})
