import { describe, expect, it } from 'vitest'
import { openTrackSink, openVideoOutput } from '../../../src/adapters/wrtc/index.js'
import { delay } from '../../../src/async/delay.js'
import { AsyncQueue } from '../../../src/async/async-queue.js'
import { adaptVideo, type AdaptedVideo } from '../../../src/media/adaptation/adapt-video.js'
import { createBarcodeStage } from '../../../src/media/barcode/draw-barcode.js'
import { readBarcode } from '../../../src/media/barcode/read-barcode.js'
import { createVideoFeed } from '../../../src/media/video-feed.js'
import { createMotion } from '../../../src/media/motion.js'
import { createPatternVideo } from '../../../src/media/pattern-source.js'
import { createTrackHub } from '../../../src/media/track-hub.js'
import { TrackSending } from '../../../src/media/track-sending.js'
import { openSessionPair } from '../../support/session-pair.js'

const SIZE = { width: 1280, height: 720, frameRate: 30 }
const MEASURE_MS = 2_000
const SETTLE_MS = 10_000

describe('adaptation over a real path', () => {
  it(
    'keeps 12 frames a second at 300 kbit/s, smaller, and is back at full size within 10 s of more',
    { timeout: 60_000 },
    async () => {
      await using output = openVideoOutput()
      await using feed = createVideoFeed(createPatternVideo(createMotion(SIZE), SIZE), output, {
        stages: [createBarcodeStage()],
      })
      const sending = new TrackSending(feed, output.track)
      await using pair = await openSessionPair({
        setUp: (connection, side) => {
          if (side === 'offerer') sending.addTo(connection)
        },
      })
      await using hub = createTrackHub({ openSink: openTrackSink })
      const seen = { frames: 0, readable: 0, width: 0 }
      hub.addTap(() => ({
        onFrame(frame) {
          seen.frames++
          seen.width = frame.width
          if (readBarcode(frame)) seen.readable++
        },
        [Symbol.asyncDispose]: async () => undefined,
      }))
      const stop = new AbortController()
      const adapted = new AsyncQueue<AdaptedVideo>()
      const running = Promise.all([
        feed.run({ signal: stop.signal }),
        adaptVideo(sending, {
          preference: 'balanced',
          onAdapted: (video) => adapted.push(video),
          signal: stop.signal,
        }),
      ])
      for await (const track of pair.answerer.tracks()) {
        await hub.addTrack(track)
        break
      }
      const next = async (isMeant: (video: AdaptedVideo) => boolean) => {
        for await (const video of adapted.read()) if (isMeant(video)) return video
        throw new Error('the adaptation ended')
      }

      await sending.setParameters({ maxBitrate: 300_000 })
      const lowered = await next(({ width }) => width <= 640)
      expect(lowered).toMatchObject({ qualityLimitationReason: 'bandwidth', availableBitrate: 300_000 })
      await settled(async () => {
        const before = { ...seen }
        await delay(MEASURE_MS)
        const fps = ((seen.frames - before.frames) * 1000) / MEASURE_MS
        return fps >= 12 && before.width < SIZE.width && seen.width < SIZE.width
      })

      await sending.setParameters({ maxBitrate: undefined })
      const liftedMs = performance.now()
      await next(({ qualityLimitationReason }) => qualityLimitationReason === 'none')
      expect(performance.now() - liftedMs).toBeLessThan(10_000)
      expect(seen.readable / seen.frames).toBeGreaterThanOrEqual(0.995)
      stop.abort()
      await running
    },
  )
})

/** The rate control of an encoder takes its time, more so on a busy machine. */
async function settled(isSo: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + SETTLE_MS
  while (!(await isSo())) if (performance.now() > untilMs) throw new Error('it does not settle')
}
