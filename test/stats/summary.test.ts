import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { peerEventSchema } from '../../src/events.js'
import { summariseStats } from '../../src/stats/summary.js'
import { ids, laterReport, report, withFields, withoutType } from './later-report.js'

/** Four seconds before the report was taken. */
const options = { side: 'local', startedMs: 1795230457316.503 } as const

const twoSecondsLater = laterReport(2000, {
  [ids.transport]: { bytesSent: 500_000, bytesReceived: 250_000 },
  [ids.dataChannel]: { bytesSent: 1000, messagesSent: 10 },
})

describe('summariseStats', () => {
  it('says what a single report holds, with every rate unknown', () => {
    expect(summariseStats(report, null, options)).toMatchInlineSnapshot(`
      {
        "candidatePair": {
          "availableIncomingBitrate": null,
          "availableOutgoingBitrate": 4461538,
          "currentRoundTripTime": 0,
          "local": {
            "address": "fd00::2",
            "port": 43682,
            "protocol": "udp",
            "relayProtocol": null,
            "type": "host",
            "url": null,
          },
          "protocol": "udp",
          "relayed": false,
          "remote": {
            "address": "fd00::2",
            "port": 38049,
            "protocol": "udp",
            "relayProtocol": null,
            "type": "host",
            "url": null,
          },
        },
        "dataChannels": [
          {
            "bytesReceived": 0,
            "bytesSent": 7900,
            "id": 1,
            "label": "d",
            "messagesReceived": 0,
            "messagesReceivedPerSecond": null,
            "messagesSent": 79,
            "messagesSentPerSecond": null,
            "receiveBitrate": null,
            "sendBitrate": null,
            "state": "open",
          },
        ],
        "elapsedMs": 4000,
        "intervalMs": 4000,
        "side": "local",
        "streams": [
          {
            "audioLevel": null,
            "audioLevelRms": null,
            "bitrate": null,
            "bytes": 33787,
            "codec": "VP8",
            "codecImplementation": "libvpx",
            "codingMs": null,
            "concealmentEvents": null,
            "concealmentRatio": null,
            "direction": "inbound",
            "fecPackets": null,
            "firCount": 0,
            "firsPerSecond": null,
            "frames": 113,
            "framesDropped": 0,
            "framesPending": 0,
            "framesPerSecond": 30,
            "freezeCount": 0,
            "freezeDurationMs": 0,
            "freezeRatio": null,
            "headerBitrate": null,
            "height": 360,
            "hugeFrames": null,
            "interFrameDelayDeviationMs": null,
            "interFrameDelayMs": null,
            "jitterBufferDelayMs": null,
            "jitterBufferMinimumDelayMs": null,
            "jitterBufferTargetDelayMs": null,
            "jitterMs": 0,
            "keyFrames": 1,
            "kind": "video",
            "lossRatio": null,
            "meanRoundTripTimeMs": null,
            "mid": "0",
            "nackCount": 0,
            "nacksPerSecond": null,
            "packetSendDelayMs": null,
            "packets": 114,
            "packetsDiscarded": null,
            "packetsLost": 0,
            "packetsPerSecond": null,
            "pauseCount": 0,
            "pauseDurationMs": 0,
            "pliCount": 0,
            "plisPerSecond": null,
            "processingDelayMs": null,
            "qp": null,
            "qualityLimitationDurationsMs": null,
            "qualityLimitationReason": null,
            "qualityLimitationResolutionChanges": null,
            "retransmittedBitrate": null,
            "retransmittedPackets": null,
            "roundTripTimeMs": null,
            "sourceFramesPerSecond": null,
            "ssrc": 432696108,
            "targetBitrate": null,
            "totalLossRatio": 0,
            "width": 640,
          },
          {
            "audioLevel": 0.2996917630542924,
            "audioLevelRms": null,
            "bitrate": null,
            "bytes": 13947,
            "codec": "opus",
            "codecImplementation": null,
            "codingMs": null,
            "concealmentEvents": 10,
            "concealmentRatio": null,
            "direction": "inbound",
            "fecPackets": 0,
            "firCount": null,
            "firsPerSecond": null,
            "frames": null,
            "framesDropped": null,
            "framesPending": null,
            "framesPerSecond": null,
            "freezeCount": null,
            "freezeDurationMs": null,
            "freezeRatio": null,
            "headerBitrate": null,
            "height": null,
            "hugeFrames": null,
            "interFrameDelayDeviationMs": null,
            "interFrameDelayMs": null,
            "jitterBufferDelayMs": null,
            "jitterBufferMinimumDelayMs": null,
            "jitterBufferTargetDelayMs": null,
            "jitterMs": 4,
            "keyFrames": null,
            "kind": "audio",
            "lossRatio": null,
            "meanRoundTripTimeMs": null,
            "mid": "1",
            "nackCount": null,
            "nacksPerSecond": null,
            "packetSendDelayMs": null,
            "packets": 184,
            "packetsDiscarded": 0,
            "packetsLost": 0,
            "packetsPerSecond": null,
            "pauseCount": null,
            "pauseDurationMs": null,
            "pliCount": null,
            "plisPerSecond": null,
            "processingDelayMs": null,
            "qp": null,
            "qualityLimitationDurationsMs": null,
            "qualityLimitationReason": null,
            "qualityLimitationResolutionChanges": null,
            "retransmittedBitrate": null,
            "retransmittedPackets": null,
            "roundTripTimeMs": null,
            "sourceFramesPerSecond": null,
            "ssrc": 3264827686,
            "targetBitrate": null,
            "totalLossRatio": 0,
            "width": null,
          },
          {
            "audioLevel": null,
            "audioLevelRms": null,
            "bitrate": null,
            "bytes": 42918,
            "codec": "VP8",
            "codecImplementation": "libvpx",
            "codingMs": null,
            "concealmentEvents": null,
            "concealmentRatio": null,
            "direction": "outbound",
            "fecPackets": null,
            "firCount": 0,
            "firsPerSecond": null,
            "frames": 113,
            "framesDropped": null,
            "framesPending": null,
            "framesPerSecond": 29,
            "freezeCount": null,
            "freezeDurationMs": null,
            "freezeRatio": null,
            "headerBitrate": null,
            "height": 360,
            "hugeFrames": 0,
            "interFrameDelayDeviationMs": null,
            "interFrameDelayMs": null,
            "jitterBufferDelayMs": null,
            "jitterBufferMinimumDelayMs": null,
            "jitterBufferTargetDelayMs": null,
            "jitterMs": 0.7777777777777777,
            "keyFrames": 1,
            "kind": "video",
            "lossRatio": 0,
            "meanRoundTripTimeMs": null,
            "mid": "0",
            "nackCount": 0,
            "nacksPerSecond": null,
            "packetSendDelayMs": null,
            "packets": 137,
            "packetsDiscarded": null,
            "packetsLost": 0,
            "packetsPerSecond": null,
            "pauseCount": null,
            "pauseDurationMs": null,
            "pliCount": 0,
            "plisPerSecond": null,
            "processingDelayMs": null,
            "qp": null,
            "qualityLimitationDurationsMs": {
              "bandwidth": 3958,
              "cpu": 0,
              "none": 54,
              "other": 0,
            },
            "qualityLimitationReason": "bandwidth",
            "qualityLimitationResolutionChanges": 0,
            "retransmittedBitrate": null,
            "retransmittedPackets": 0,
            "roundTripTimeMs": 1,
            "sourceFramesPerSecond": 30,
            "ssrc": 2300309741,
            "targetBitrate": null,
            "totalLossRatio": 0,
            "width": 640,
          },
          {
            "audioLevel": 0.27463606677449875,
            "audioLevelRms": null,
            "bitrate": null,
            "bytes": 14029,
            "codec": "opus",
            "codecImplementation": null,
            "codingMs": null,
            "concealmentEvents": null,
            "concealmentRatio": null,
            "direction": "outbound",
            "fecPackets": null,
            "firCount": null,
            "firsPerSecond": null,
            "frames": null,
            "framesDropped": null,
            "framesPending": null,
            "framesPerSecond": null,
            "freezeCount": null,
            "freezeDurationMs": null,
            "freezeRatio": null,
            "headerBitrate": null,
            "height": null,
            "hugeFrames": null,
            "interFrameDelayDeviationMs": null,
            "interFrameDelayMs": null,
            "jitterBufferDelayMs": null,
            "jitterBufferMinimumDelayMs": null,
            "jitterBufferTargetDelayMs": null,
            "jitterMs": 1.1458333333333333,
            "keyFrames": null,
            "kind": "audio",
            "lossRatio": 0,
            "meanRoundTripTimeMs": null,
            "mid": "1",
            "nackCount": 0,
            "nacksPerSecond": null,
            "packetSendDelayMs": null,
            "packets": 185,
            "packetsDiscarded": null,
            "packetsLost": 0,
            "packetsPerSecond": null,
            "pauseCount": null,
            "pauseDurationMs": null,
            "pliCount": null,
            "plisPerSecond": null,
            "processingDelayMs": null,
            "qp": null,
            "qualityLimitationDurationsMs": null,
            "qualityLimitationReason": null,
            "qualityLimitationResolutionChanges": null,
            "retransmittedBitrate": null,
            "retransmittedPackets": 0,
            "roundTripTimeMs": 1,
            "sourceFramesPerSecond": null,
            "ssrc": 774519665,
            "targetBitrate": 38400,
            "totalLossRatio": 0,
            "width": null,
          },
        ],
        "transport": {
          "bytesReceived": 76612,
          "bytesSent": 89016,
          "dtlsCipher": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "dtlsRole": "server",
          "dtlsState": "connected",
          "iceRole": "controlling",
          "iceState": "connected",
          "meanRoundTripTimeMs": null,
          "packetsReceived": 454,
          "packetsReceivedPerSecond": null,
          "packetsSent": 496,
          "packetsSentPerSecond": null,
          "receiveBitrate": null,
          "selectedCandidatePairChanges": 1,
          "sendBitrate": null,
          "srtpCipher": "AES_CM_128_HMAC_SHA1_80",
          "tlsVersion": "FEFD",
        },
      }
    `)
  })

  it('fits the schema of the stats event', () => {
    for (const previous of [null, report]) {
      const summary = summariseStats(twoSecondsLater, previous, options)
      expect(v.is(peerEventSchema, { event: 'stats', summary, report: twoSecondsLater })).toBe(true)
    }
  })

  it('counts time by the timestamps of the reports', () => {
    expect(summariseStats(report, null, options)).toMatchObject({ elapsedMs: 4000, intervalMs: 4000 })
    expect(summariseStats(twoSecondsLater, report, options)).toMatchObject({
      elapsedMs: 6000,
      intervalMs: 2000,
    })
  })

  it('does not take the time of an RTCP packet for that of the report', () => {
    const ahead = withFields({ [ids.remoteInboundVideo]: { timestamp: 1795230999999 } })
    expect(summariseStats(ahead, null, options).elapsedMs).toBe(4000)
  })

  it('has no time below zero where the connection counts as made after the report', () => {
    const summary = summariseStats(report, null, { ...options, startedMs: options.startedMs + 10_000 })
    expect(summary).toMatchObject({ elapsedMs: 0, intervalMs: 0 })
  })

  it('is empty for an empty report', () => {
    expect(summariseStats([], null, options)).toEqual({
      side: 'local',
      elapsedMs: 0,
      intervalMs: 0,
      candidatePair: null,
      transport: null,
      streams: [],
      dataChannels: [],
    })
  })
})

describe('the transport', () => {
  it('has its rates in bits per second over the interval', () => {
    expect(summariseStats(twoSecondsLater, report, options).transport).toMatchObject({
      bytesSent: 589_016,
      bytesReceived: 326_612,
      sendBitrate: 2_000_000,
      receiveBitrate: 1_000_000,
    })
  })

  it('has no rate where a counter went backwards or no time passed', () => {
    expect(summariseStats(report, twoSecondsLater, options).transport).toMatchObject({
      sendBitrate: null,
      receiveBitrate: null,
    })
    expect(summariseStats(report, report, options).transport?.sendBitrate).toBeNull()
  })

  it('counts on the candidate pair where the transport does not', () => {
    const uncounted = { [ids.transport]: { bytesSent: undefined, bytesReceived: undefined } }
    const later = withFields(
      { [ids.pair]: { bytesSent: 99_016, bytesReceived: 76_612 } },
      withFields(uncounted, laterReport(1000)),
    )
    expect(summariseStats(later, withFields(uncounted), options).transport).toMatchObject({
      dtlsState: 'connected',
      bytesSent: 99_016,
      bytesReceived: 76_612,
      sendBitrate: 80_000,
      receiveBitrate: 0,
    })
  })

  it('is null where nothing is counted', () => {
    expect(summariseStats(withoutType('transport'), null, options).transport).toBeNull()
  })
})

describe('data channels', () => {
  it('have their rates in bits per second over the interval', () => {
    expect(summariseStats(twoSecondsLater, report, options).dataChannels).toEqual([
      {
        label: 'd',
        id: 1,
        state: 'open',
        messagesSent: 89,
        messagesReceived: 0,
        bytesSent: 8900,
        bytesReceived: 0,
        sendBitrate: 4000,
        receiveBitrate: 0,
        messagesSentPerSecond: 5,
        messagesReceivedPerSecond: 0,
      },
    ])
  })

  it.each([-1, 65_535, undefined])('have no id while the stack says %s', (id) => {
    const unconnected = withFields({ [ids.dataChannel]: { dataChannelIdentifier: id } })
    expect(summariseStats(unconnected, null, options).dataChannels[0]?.id).toBeNull()
  })
})
