import { describe, expect, it } from 'vitest'
import type { StatsSummary, StreamStats } from '../../src/events.js'
import { summariseStats } from '../../src/stats/summary.js'
import { ids, laterReport, report, withFields, withoutType } from './later-report.js'

const options = { side: 'local', startedMs: 1795230457316.503 } as const

const twoSecondsLater = laterReport(2000, {
  [ids.inboundAudio]: {
    bytesReceived: 8000,
    packetsReceived: 98,
    packetsLost: 2,
    jitterBufferDelay: 2880,
    jitterBufferEmittedCount: 96_000,
  },
  [ids.inboundVideo]: {
    bytesReceived: 250_000,
    packetsReceived: 240,
    jitterBufferDelay: 3,
    jitterBufferEmittedCount: 60,
  },
  [ids.outboundVideo]: { bytesSent: 300_000, packetsSent: 400, framesSent: 50 },
  [ids.receivedVideoTrack]: { freezeCount: 1 },
})

function stream(
  summary: StatsSummary,
  direction: StreamStats['direction'],
  kind: StreamStats['kind'],
): StreamStats | undefined {
  return summary.streams.find((found) => found.direction === direction && found.kind === kind)
}

function order(summary: StatsSummary): string[] {
  return summary.streams.map(({ direction, mid }) => `${direction} ${mid}`)
}

describe('an inbound stream', () => {
  const summary = summariseStats(twoSecondsLater, report, options)

  it('has rates, loss and jitter-buffer delay over the interval', () => {
    expect(stream(summary, 'inbound', 'audio')).toMatchObject({
      codec: 'opus',
      bitrate: 32_000,
      packetsPerSecond: 49,
      lossRatio: 0.02,
      packetsLost: 2,
      jitterMs: 4,
      jitterBufferDelayMs: 30,
    })
    expect(stream(summary, 'inbound', 'video')).toMatchObject({
      codec: 'VP8',
      bitrate: 1_000_000,
      packetsPerSecond: 120,
      lossRatio: 0,
      jitterBufferDelayMs: expect.closeTo(50, 6),
      framesPerSecond: 30,
    })
  })

  it('takes freezes from the track first, then from the stream', () => {
    expect(stream(summary, 'inbound', 'video')?.freezeCount).toBe(1)
    const modern = withoutType('track', withFields({ [ids.inboundVideo]: { freezeCount: 3 } }))
    expect(stream(summariseStats(modern, null, options), 'inbound', 'video')?.freezeCount).toBe(3)
    const neither = summariseStats(withoutType('track'), null, options)
    expect(stream(neither, 'inbound', 'video')?.freezeCount).toBeNull()
  })

  it.each([
    ['late packets take losses back', { packetsLost: -3, packetsReceived: 100 }, 0],
    ['everything is lost', { packetsLost: 7, packetsReceived: 0 }, 1],
    ['nothing is expected', { packetsLost: 0, packetsReceived: 0 }, null],
    ['the counter was reset', { packetsLost: 1, packetsReceived: -5 }, null],
  ])('has the loss ratio right where %s', (_, growth, lossRatio) => {
    const later = laterReport(1000, { [ids.inboundVideo]: growth })
    expect(stream(summariseStats(later, report, options), 'inbound', 'video')?.lossRatio).toBe(lossRatio)
  })

  it('counts frames itself where the stack gives no rate', () => {
    const without = { [ids.inboundVideo]: { framesPerSecond: undefined } }
    const later = withFields(without, laterReport(2000, { [ids.inboundVideo]: { framesDecoded: 24 } }))
    expect(stream(summariseStats(later, report, options), 'inbound', 'video')?.framesPerSecond).toBe(12)
    expect(stream(summariseStats(later, null, options), 'inbound', 'video')?.framesPerSecond).toBeNull()
  })

  it('has a delay of null while nothing left the jitter buffer', () => {
    const later = laterReport(1000)
    expect(stream(summariseStats(later, report, options), 'inbound', 'video')?.jitterBufferDelayMs).toBeNull()
  })
})

describe('an outbound stream', () => {
  it('has its rates over the interval', () => {
    const summary = summariseStats(twoSecondsLater, report, options)
    expect(stream(summary, 'outbound', 'video')).toMatchObject({
      codec: 'VP8',
      bitrate: 1_200_000,
      packetsPerSecond: 200,
      framesPerSecond: 29,
      width: 640,
      height: 360,
      qualityLimitationReason: 'bandwidth',
    })
  })

  it('has loss, jitter and round-trip time from what the peer reports', () => {
    const lossy = withFields({
      [ids.remoteInboundVideo]: { fractionLost: 0.25, packetsLost: 12, jitter: 0.02, roundTripTime: 0.08 },
    })
    expect(stream(summariseStats(lossy, null, options), 'outbound', 'video')).toMatchObject({
      lossRatio: 0.25,
      packetsLost: 12,
      jitterMs: 20,
      roundTripTimeMs: 80,
    })
  })

  it('has no round trip while none was measured, though the stack says 0', () => {
    const early = withFields({ [ids.remoteInboundVideo]: { roundTripTime: 0, roundTripTimeMeasurements: 0 } })
    expect(stream(summariseStats(early, null, options), 'outbound', 'video')?.roundTripTimeMs).toBeNull()
  })

  it('knows none of them before the first RTCP report', () => {
    const summary = summariseStats(withoutType('remote-inbound-rtp'), null, options)
    expect(stream(summary, 'outbound', 'video')).toMatchObject({
      lossRatio: null,
      packetsLost: null,
      jitterMs: null,
      roundTripTimeMs: null,
    })
  })

  it('has the audio level of its source', () => {
    const summary = summariseStats(report, null, options)
    expect(stream(summary, 'outbound', 'audio')?.audioLevel).toBeCloseTo(0.2746, 4)
    const without = summariseStats(withoutType('media-source'), null, options)
    expect(stream(without, 'outbound', 'audio')?.audioLevel).toBeNull()
  })
})

describe('streams', () => {
  it('are ordered by direction and m-line, whatever the order of the report', () => {
    const expected = ['inbound 0', 'inbound 1', 'outbound 0', 'outbound 1']
    expect(order(summariseStats(report, null, options))).toEqual(expected)
    expect(order(summariseStats(report.toReversed(), null, options))).toEqual(expected)
  })

  it('keep a stream without a codec and leave out one of no known kind', () => {
    const summary = summariseStats(
      withFields({
        [ids.inboundVideo]: { codecId: undefined },
        [ids.outboundVideo]: { kind: 'other', mediaType: undefined },
      }),
      null,
      options,
    )
    expect(stream(summary, 'inbound', 'video')?.codec).toBeNull()
    expect(summary.streams).toHaveLength(3)
  })
})
