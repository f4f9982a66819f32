import { describe, expect, it } from 'vitest'
import { openImpairedLink } from '../../../src/adapters/udp/impaired-link.js'
import { createPeerConnection, openTrackSink, openVideoOutput } from '../../../src/adapters/wrtc/index.js'
import { deferred } from '../../../src/async/deferred.js'
import { Disposables } from '../../../src/async/disposables.js'
import { parseImpairment } from '../../../src/impair/impairment.js'
import { createBarcodeStage } from '../../../src/media/barcode/draw-barcode.js'
import { createBars } from '../../../src/media/bars.js'
import { createVideoFeed } from '../../../src/media/video-feed.js'
import { createPatternVideo } from '../../../src/media/pattern-source.js'
import type { VideoStage } from '../../../src/media/ports.js'
import { createVideoQualityMeter } from '../../../src/media/quality/video-quality.js'
import { createTrackHub } from '../../../src/media/track-hub.js'
import { openSessionPair } from '../../support/session-pair.js'

const SIZE = { width: 320, height: 240, frameRate: 30 }

describe('what is said of pictures over a real path', () => {
  const timeout = 30_000

  it(
    'names as lost exactly what was sent and never arrived, at 300 kbit/s and with every twentieth packet lost',
    { timeout },
    async () => {
      const { sent, arrived, quality } = await sendOver('loss=5%,delay=10ms,rate=300kbit,seed=3', 75)
      const received = arrived.flatMap(({ id }) => id ?? [])
      const [first, last] = [Math.min(...received), Math.max(...received)]
      const missing = sent
        .map(({ id }) => id)
        .filter((id) => id >= first && id <= last && !received.includes(id))
      expect(quality.framesLost).toBe(missing.length)
      expect(quality).toMatchObject({
        framesReceived: arrived.length,
        framesDuplicated: 0,
        framesUnreadable: 0,
      })
    },
  )

  it(
    'has the latency of a path that takes 200 ms right to 15 ms, whatever the clocks say',
    { timeout },
    async () => {
      const { sent, arrived, quality } = await sendOver('delay=200ms', 45)
      const latencies = arrived.flatMap(({ id, atMs }) => {
        const writtenMs = sent.find((frame) => frame.id === id)?.atMs
        return writtenMs === undefined ? [] : [atMs - writtenMs]
      })
      const median = latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length / 2)] ?? 0
      expect(median).toBeGreaterThan(200)
      expect(Math.abs((quality.latencyMs?.p50 ?? 0) - median)).toBeLessThanOrEqual(15)
    },
  )
})

interface Seen {
  id: number | undefined
  atMs: number
}

/** The sender's log, the receiver's, and what the meter makes of it, once so many pictures have arrived. */
async function sendOver(impairment: string, frames: number) {
  await using opened = new Disposables()
  const link = opened.use(await openImpairedLink(parseImpairment(impairment), {}))
  const output = opened.use(openVideoOutput())
  const pair = opened.use(
    await openSessionPair({
      offerer: { createPeerConnection: link.impair(createPeerConnection) },
      setUp: (connection, side) => {
        if (side === 'offerer') connection.addTrack(output.track)
      },
    }),
  )
  const sent: { id: number; atMs: number }[] = []
  const log: VideoStage = (frame, { sequence }) => {
    sent.push({ id: sequence, atMs: performance.now() })
    return frame
  }
  const stages = [createBarcodeStage(), log]
  const feed = opened.use(createVideoFeed(createPatternVideo(createBars(SIZE), SIZE), output, { stages }))

  const meter = createVideoQualityMeter({
    announced: () => null,
    clockOffsetMs: () => pair.answerer.peerClock?.offsetMs ?? null,
  })
  const arrived: Seen[] = []
  const enough = deferred()
  const hub = opened.use(createTrackHub({ openSink: openTrackSink }))
  hub.addTap(() => ({
    onFrame(frame, atMs) {
      arrived.push({ id: meter.add(frame, atMs)?.id, atMs })
      if (arrived.length >= frames) enough.resolve()
    },
    [Symbol.asyncDispose]: async () => undefined,
  }))
  const stop = new AbortController()
  const running = feed.run({ signal: stop.signal })
  for await (const track of pair.answerer.tracks()) {
    await hub.addTrack(track)
    break
  }
  await enough.promise
  stop.abort()
  await running
  return { sent, arrived: [...arrived], quality: meter.measure(performance.now()) }
}
