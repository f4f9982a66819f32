import { describe, expect, it } from 'vitest'
import { openTrackSink, openVideoOutput } from '../../../src/adapters/wrtc/index.js'
import { deferred } from '../../../src/async/deferred.js'
import { createVideoFeed } from '../../../src/media/video-feed.js'
import { createBars } from '../../../src/media/bars.js'
import { createPatternVideo } from '../../../src/media/pattern-source.js'
import { createTrackHub } from '../../../src/media/track-hub.js'
import { TrackSending } from '../../../src/media/track-sending.js'
import { openSessionPair } from '../../support/session-pair.js'

const SIZE = { width: 320, height: 240, frameRate: 30 }

describe('the sender of a track', () => {
  it.each(['offerer', 'answerer'] as const)(
    'encodes as it was told before it was negotiated, and as it is told while it sends: %s',
    async (sendingSide) => {
      await using output = openVideoOutput()
      await using feed = createVideoFeed(createPatternVideo(createBars(SIZE), SIZE), output)
      const sending = new TrackSending(feed, output.track, { scaleResolutionDownBy: 2 })
      await using pair = await openSessionPair({
        setUp: (connection, side) => {
          if (side === sendingSide) sending.addTo(connection)
        },
      })
      const widths = new Map([160, 80, 320].map((width) => [width, deferred()]))
      const stop = new AbortController()
      const running = feed.run({ signal: stop.signal })
      const receiver = sendingSide === 'offerer' ? pair.answerer : pair.offerer
      await using hub = createTrackHub({ openSink: openTrackSink })
      hub.addTap(() => ({
        onFrame: ({ width }) => widths.get(width)?.resolve(),
        [Symbol.asyncDispose]: async () => undefined,
      }))
      for await (const track of receiver.tracks()) {
        await hub.addTrack(track)
        break
      }
      await widths.get(160)?.promise
      // Two at once: the last one counts.
      await Promise.all([
        sending.setParameters({ scaleResolutionDownBy: 2, maxBitrate: 100_000 }),
        sending.setParameters({ scaleResolutionDownBy: 4 }),
      ])
      expect(sending.parameters).toEqual({ scaleResolutionDownBy: 4, maxBitrate: 100_000 })
      await widths.get(80)?.promise
      await sending.setParameters({ scaleResolutionDownBy: undefined, maxBitrate: undefined })
      await widths.get(320)?.promise
      stop.abort()
      await running
    },
  )
})
