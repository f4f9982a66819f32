import { describe, expect, it } from 'vitest'
import type { StreamStats } from '../../src/events.js'
import type { RawStats } from '../../src/session/ports.js'
import { summariseStats } from '../../src/stats/summary.js'
import { ids, laterReport, report, withFields } from './later-report.js'

const options = { side: 'local', startedMs: 1795230457316.503 } as const

type Place = 'inboundAudio' | 'inboundVideo' | 'outboundAudio' | 'outboundVideo'
type Growth = Record<string, number>

const summarise = (current: readonly RawStats[], previous: readonly RawStats[] | null = report) =>
  summariseStats(current, previous, options)

function streamAt(place: Place, streams: readonly StreamStats[]): StreamStats {
  const [direction, kind] = /^(in|out)bound(.+)$/.exec(place)?.slice(1) ?? []
  const found = streams.find(
    (stream) => stream.direction === `${direction}bound` && stream.kind === kind?.toLowerCase(),
  )
  if (found === undefined) throw new Error(`no stream at ${place}`)
  return found
}

/** The figures of a stream over two seconds in which its dictionaries grew. */
function grown(place: Place, growth: Growth, elsewhere: Partial<Record<string, Growth>> = {}): StreamStats {
  return streamAt(place, summarise(laterReport(2000, { [ids[place]]: growth, ...elsewhere })).streams)
}

describe('figures of a stream over an interval of two seconds', () => {
  it.each<[keyof StreamStats, Place, Growth, number]>([
    ['bitrate', 'inboundVideo', { bytesReceived: 250_000 }, 1_000_000],
    ['headerBitrate', 'outboundVideo', { headerBytesSent: 2_500 }, 10_000],
    ['retransmittedBitrate', 'outboundVideo', { retransmittedBytesSent: 5_000 }, 20_000],
    ['packetsPerSecond', 'outboundAudio', { packetsSent: 100 }, 50],
    ['lossRatio', 'inboundVideo', { packetsLost: 5, packetsReceived: 95 }, 0.05],
    ['totalLossRatio', 'inboundVideo', { packetsLost: 6 }, 6 / 120],
    ['nacksPerSecond', 'inboundVideo', { nackCount: 3 }, 1.5],
    ['plisPerSecond', 'outboundVideo', { pliCount: 4 }, 2],
    ['firsPerSecond', 'outboundVideo', { firCount: 1 }, 0.5],
    ['jitterBufferDelayMs', 'inboundVideo', { jitterBufferDelay: 3, jitterBufferEmittedCount: 60 }, 50],
    [
      'jitterBufferTargetDelayMs',
      'inboundAudio',
      { jitterBufferTargetDelay: 4800, jitterBufferEmittedCount: 96_000 },
      50,
    ],
    [
      'jitterBufferMinimumDelayMs',
      'inboundAudio',
      { jitterBufferMinimumDelay: 1920, jitterBufferEmittedCount: 96_000 },
      20,
    ],
    ['processingDelayMs', 'inboundVideo', { totalProcessingDelay: 1.2, framesDecoded: 60 }, 20],
    ['codingMs', 'inboundVideo', { totalDecodeTime: 0.3, framesDecoded: 60 }, 5],
    ['codingMs', 'outboundVideo', { totalEncodeTime: 0.6, framesEncoded: 60 }, 10],
    ['packetSendDelayMs', 'outboundVideo', { totalPacketSendDelay: 0.4, packetsSent: 200 }, 2],
    ['qp', 'inboundVideo', { qpSum: 600, framesDecoded: 60 }, 10],
    ['qp', 'outboundVideo', { qpSum: 900, framesEncoded: 60 }, 15],
    ['interFrameDelayMs', 'inboundVideo', { totalInterFrameDelay: 2, framesDecoded: 50 }, 40],
    // Half of the frames after 20 ms, half after 60 ms.
    [
      'interFrameDelayDeviationMs',
      'inboundVideo',
      {
        totalInterFrameDelay: 2,
        totalSquaredInterFrameDelay: 25 * 0.02 ** 2 + 25 * 0.06 ** 2,
        framesDecoded: 50,
      },
      20,
    ],
    ['framesPending', 'inboundVideo', { framesReceived: 60, framesDecoded: 55, framesDropped: 2 }, 3],
    ['concealmentRatio', 'inboundAudio', { concealedSamples: 960, totalSamplesReceived: 96_000 }, 0.01],
    ['audioLevelRms', 'inboundAudio', { totalAudioEnergy: 0.5, totalSamplesDuration: 2 }, 0.5],
  ])('%s of %s from %o is %d', (figure, place, growth, expected) => {
    expect(grown(place, growth)[figure]).toBeCloseTo(expected, 6)
  })

  it('has freezes and pauses from where the stack keeps them', () => {
    const onTrack = grown(
      'inboundVideo',
      {},
      {
        [ids.receivedVideoTrack]: {
          freezeCount: 1,
          totalFreezesDuration: 0.5,
          pauseCount: 2,
          totalPausesDuration: 12,
        },
      },
    )
    expect(onTrack).toMatchObject({
      freezeCount: 1,
      freezeDurationMs: 500,
      freezeRatio: 0.25,
      pauseCount: 2,
      pauseDurationMs: 12_000,
    })
    const newer = (seconds: number) => ({
      freezeCount: 1,
      totalFreezesDuration: seconds,
      pauseCount: 0,
      totalPausesDuration: 0,
    })
    const before = withFields({ [ids.inboundVideo]: newer(0) }).filter(({ type }) => type !== 'track')
    const now = withFields({ [ids.inboundVideo]: newer(0.5) }, laterReport(2000)).filter(
      ({ type }) => type !== 'track',
    )
    expect(streamAt('inboundVideo', summarise(now, before).streams)).toMatchObject({
      freezeCount: 1,
      freezeDurationMs: 500,
      freezeRatio: 0.25,
    })
  })

  it('has round trips and losses from what the peer reports by RTCP', () => {
    const peer = { packetsLost: 10, totalRoundTripTime: 0.12, roundTripTimeMeasurements: 3 }
    const stream = grown('outboundVideo', { packetsSent: 63 }, { [ids.remoteInboundVideo]: peer })
    expect(stream).toMatchObject({ packetsLost: 10 })
    expect(stream.meanRoundTripTimeMs).toBeCloseTo(40)
  })

  it.each([
    ['just now', 0, 10 / 200],
    ['a second ago, since when 30 packets were sent', 1_000, 10 / 170],
    ['before anything was sent', 60_000, null],
  ])('has the loss of what was sent when the peer reported it: %s', (_when, ageMs, totalLossRatio) => {
    const counters = { packetsSent: 200, retransmittedPacketsSent: 0 }
    const sent = laterReport(2_000).find(({ id }) => id === ids.outboundVideo)
    const reported = { packetsLost: 10, timestamp: (sent?.timestamp ?? 0) - ageMs }
    const before = withFields({ [ids.outboundVideo]: { packetsSent: 140 } })
    const now = withFields(
      { [ids.outboundVideo]: counters, [ids.remoteInboundVideo]: reported },
      laterReport(2_000),
    )
    expect(streamAt('outboundVideo', summarise(now, before).streams)).toMatchObject({ totalLossRatio })
  })

  it('does not count what was sent again, which has no number of its own', () => {
    const fields = {
      [ids.outboundVideo]: { packetsSent: 220, retransmittedPacketsSent: 20 },
      [ids.remoteInboundVideo]: { packetsLost: 10, timestamp: Number.MAX_SAFE_INTEGER },
    }
    expect(streamAt('outboundVideo', summarise(withFields(fields)).streams)).toMatchObject({
      totalLossRatio: 0.05,
    })
  })

  it('has the level and the frame rate of the source', () => {
    expect(grown('outboundVideo', {})).toMatchObject({ sourceFramesPerSecond: 30, framesPerSecond: 29 })
    const audio = grown(
      'outboundAudio',
      {},
      { RTCAudioSource_2: { totalAudioEnergy: 0.02, totalSamplesDuration: 2 } },
    )
    expect(audio.audioLevelRms).toBeCloseTo(0.1)
  })

  it('says what limits the quality and for how long', () => {
    expect(grown('outboundVideo', {})).toMatchObject({
      qualityLimitationReason: 'bandwidth',
      qualityLimitationDurationsMs: { none: 54, cpu: 0, bandwidth: 3958, other: 0 },
      qualityLimitationResolutionChanges: 0,
    })
  })

  it.each([undefined, null, 'cpu', { cpu: 'long' }, {}])(
    'has no durations in %o',
    (qualityLimitationDurations) => {
      const current = withFields({ [ids.outboundVideo]: { qualityLimitationDurations } })
      const durations = streamAt(
        'outboundVideo',
        summarise(current, null).streams,
      ).qualityLimitationDurationsMs
      expect(Object.values(durations ?? {}).every((value) => value === null)).toBe(true)
    },
  )
})

describe('figures of the connection', () => {
  it('have the mean of the round trips of the selected pair', () => {
    const current = laterReport(2000, { [ids.pair]: { totalRoundTripTime: 0.08, responsesReceived: 2 } })
    expect(summarise(current).transport?.meanRoundTripTimeMs).toBeCloseTo(40)
  })

  it('have packets and their rates', () => {
    const current = laterReport(2000, { [ids.transport]: { packetsSent: 100, packetsReceived: 50 } })
    expect(summarise(current).transport).toMatchObject({
      packetsSent: 596,
      packetsSentPerSecond: 50,
      packetsReceivedPerSecond: 25,
      tlsVersion: 'FEFD',
    })
  })

  it('have the bandwidth in either direction where the stack estimates it', () => {
    const current = withFields({ [ids.pair]: { availableIncomingBitrate: 2_000_000 } })
    expect(summarise(current).candidatePair).toMatchObject({
      availableIncomingBitrate: 2_000_000,
      availableOutgoingBitrate: 4_461_538,
    })
    expect(summarise(report).candidatePair?.availableIncomingBitrate).toBeNull()
  })
})
