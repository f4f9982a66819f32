import { describe, expect, it } from 'vitest'
import { samplePair, sampleStats } from '../terminal/sample-events.js'
import { createExpectationRecorder, needStatistics, parseExpectations } from '../../src/expect/recorder.js'
import {
  inboundVideo,
  judge,
  judgeAll,
  outboundAudio,
  recordedRun,
  roundTripSamples,
  samples,
  videoSamples,
} from './recorded-run.js'

describe('an expectation about a recorded run', () => {
  it.each<[string, boolean, string]>([
    ['path == direct', true, 'direct'],
    ['path == relay', false, 'direct'],
    ['path != relay', true, 'direct'],
    ['path.first == direct', true, 'direct'],
    ['path.count >= 5', true, '5'],
    ['path.local == host', true, 'host'],
    ['path.remote != srflx', true, 'host'],
    ['path.protocol == udp', true, 'udp'],
    ['path.protocol == UDP', true, 'udp'],
    ['rtt < 80ms', true, '0.4 ms'],
    ['rtt.p95 < 80ms', true, '0.4 ms'],
    ['rtt > 300us', true, '0.4 ms'],
    ['rtt.max <= 0.0004s', true, '0.4 ms'],
    ['rtt.count == 4', true, '4'],
    ['connect.time < 2s', true, '312 ms'],
    ['connect.time < 0.3s', false, '312 ms'],
    ['available.outgoing >= 300kbit/s', true, '300 kbit/s'],
    ['available.outgoing == 0.3Mbit/s', true, '300 kbit/s'],
    ['transport.send > 1Mbit/s', true, '1.2 Mbit/s'],
    ['transport.send == 150kB/s', true, '1.2 Mbit/s'],
    ['transport.receive < 1Mbit/s', true, '850.1 kbit/s'],
    ['selectedPairChanges <= 1', true, '1'],
    ['selectedPairChanges == 0', false, '1'],
    ['inbound.video.bitrate > 800kbit/s', true, '900.1 kbit/s'],
    ['inbound.video.bitrate.max == 1Mbit/s', true, '1 Mbit/s'],
    ['inbound.video.packetRate == 120', true, '120'],
    ['inbound.video.loss <= 0.5%', true, '0.5 %'],
    ['inbound.video.loss < 0.4%', false, '0.5 %'],
    ['inbound.video.packetsLost < 4', true, '3'],
    ['inbound.video.jitter < 5ms', true, '3.1 ms'],
    ['inbound.video.jitterBufferDelay < 50ms', true, '40 ms'],
    ['inbound.video.fps >= 25', true, '26.67'],
    ['inbound.video.fps.min >= 25', false, '20'],
    ['inbound.video.fps.first == 30', true, '30'],
    ['inbound.video.fps.p50 == 30', true, '30'],
    ['inbound.video.fps.sum == 80', true, '80'],
    ['inbound.video.width >= 1280', true, '1280'],
    ['inbound.video.height == 720', true, '720'],
    ['inbound.video.framesDropped <= 1', true, '1'],
    ['inbound.video.freezes == 2', true, '2'],
    ['freezes == 0', false, '2'],
    ['inbound.video.codec == VP8', true, 'VP8'],
    ['inbound.video.codec == vp8', true, 'VP8'],
    ['inbound.video.codec != H264', true, 'VP8'],
    ['outbound.audio.codec == opus', true, 'opus'],
    ['outbound.audio.rtt < 20ms', true, '12 ms'],
    ['outbound.audio.audioLevel > 0.1', true, '0.1234'],
    ['data.send > 1Mbit/s', true, '1.2 Mbit/s'],
    ['data.messagesSent == 12', true, '12'],
    ['data.messagesReceived > 10', false, '10'],
    ['candidates.local includes srflx', true, 'host srflx'],
    ['candidates.local includes relay', false, 'host srflx'],
    ['not candidates.remote includes srflx', true, 'host'],
    ['chat.received == 2', true, '2'],
    ['chat.sent >= 2', false, '1'],
    ['tracks.video == 1', true, '1'],
    ['tracks.audio == 0', true, '0'],
    ['tracks.audio > 0', false, '0'],
    ['transfer.rate > 30MB/s', true, '31.2 MB/s'],
    ['transfer.rate > 300Mbit/s', false, '31.2 MB/s'],
    ['transfer.bytes > 90MiB', true, '95.1 MB'],
    ['transfer.bytes == 95100000', true, '95.1 MB'],
    ['transfer.duration < 3s', true, '2.9 s'],
    ['transfer.resumed > 0', true, '5 MB'],
    ['warnings == 0', false, '1'],
    ['warnings.codes includes PEER_SILENT', true, 'PEER_SILENT'],
    ['warnings.codes includes SIGNALING_LOST', false, 'PEER_SILENT'],
    ['path == direct and rtt < 80ms', true, 'direct, 0.4 ms'],
    ['path == relay or rtt < 80ms', true, 'direct, 0.4 ms'],
    ['path == relay or rtt > 80ms', false, 'direct, 0.4 ms'],
    ['not path == relay', true, 'direct'],
    ['not (path == direct and rtt < 80ms)', false, 'direct, 0.4 ms'],
    ['path == relay and rtt < 80ms or chat.received == 2', true, 'direct, 0.4 ms, 2'],
    ['path == relay and (rtt < 80ms or chat.received == 2)', false, 'direct, 0.4 ms, 2'],
  ])('%s: %s', (expression, ok, value) => {
    const result = judge(expression, recordedRun)
    expect(result).toMatchObject({ expression, ok, value })
    expect(result.reason === null).toBe(ok)
  })

  it('gives its reason as a fact', () => {
    const expressions = ['path == relay', 'rtt > 1s and path == direct', 'not path == direct']
    expect(judgeAll(expressions, recordedRun).map(({ reason }) => reason)).toEqual([
      'path is direct',
      'rtt is 0.4 ms',
      'path is direct',
    ])
  })

  it('is told as its author wrote it', () => {
    expect(judge('  not(path==relay) ', recordedRun).expression).toBe('not(path==relay)')
  })
})

describe('the aggregates', () => {
  const run = roundTripSamples([10, 50, 20, 40, 30])
  it.each([
    ['last', 30],
    ['first', 10],
    ['min', 10],
    ['max', 50],
    ['mean', 30],
    ['p50', 30],
    ['p90', 50],
    ['p95', 50],
    ['p99', 50],
    ['sum', 150],
  ])('%s', (aggregate, valueMs) => {
    expect(judge(`rtt.${aggregate} == ${valueMs}ms`, run)).toMatchObject({ ok: true })
    expect(judge(`rtt.${aggregate} != ${valueMs}ms`, run)).toMatchObject({ ok: false })
  })

  it('pass over what was not measured', () => {
    const gaps = roundTripSamples([null, 10, null, 30])
    expect(judgeAll(['rtt == 20ms', 'rtt.count == 2', 'rtt.first == 10ms'], gaps).every(({ ok }) => ok)).toBe(
      true,
    )
  })
})

describe('what was not measured', () => {
  it.each([
    ['rtt < 80ms', [], 'rtt was not measured: there was no connection'],
    ['path == direct', [], 'path was not measured: there was no connection'],
    ['connect.time < 1s', [], 'connect.time was not measured: there was no connection'],
    ['transfer.rate > 1MB/s', [], 'transfer.rate was not measured: no transfer was completed'],
    [
      'inbound.audio.loss < 1%',
      recordedRun,
      'inbound.audio.loss was not measured: there was no inbound audio stream',
    ],
    [
      'data.send > 0',
      samples([{ dataChannels: [] }]),
      'data.send was not measured: no data channel was open when a sample was taken',
    ],
    [
      'outbound.audio.bitrate > 0',
      samples([{ streams: [{ ...outboundAudio, bitrate: null }] }]),
      'outbound.audio.bitrate was not measured: the run was shorter than one interval',
    ],
    [
      'inbound.video.rtt < 1s',
      samples([{}, {}, {}]),
      'inbound.video.rtt was not measured: it was null in all 3 samples, so this stack or this session does not have it',
    ],
  ])('fails %s', (expression, run, reason) => {
    expect(judge(expression, run)).toEqual({ expression, ok: false, value: null, reason })
  })

  it('fails its opposite too, and spares what does not need it', () => {
    const run = recordedRun
    expect(judge('not inbound.video.rtt < 1s', run)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('null'),
    })
    expect(judge('inbound.video.rtt < 1s or path == direct', run)).toMatchObject({ ok: true })
    expect(judge('inbound.video.rtt < 1s and path == direct', run)).toMatchObject({ ok: false })
    expect(judge('inbound.video.rtt < 1s and path == relay', run)).toMatchObject({ reason: 'path is direct' })
  })

  it('is not 0: a sum with an unknown part is unknown', () => {
    const [channel] = sampleStats.dataChannels
    if (channel === undefined) throw new Error('the sample has a channel')
    const run = samples([{ dataChannels: [channel, { ...channel, id: 2, sendBitrate: null }] }])
    expect(judge('data.send > 0', run)).toMatchObject({ ok: false })
    expect(judge('data.messagesSent == 24', run)).toMatchObject({ ok: true })
  })

  it("leaves the tool's own channel out", () => {
    const [channel] = sampleStats.dataChannels
    if (channel === undefined) throw new Error('the sample has a channel')
    const run = samples([{ dataChannels: [channel, { ...channel, id: 1023, label: 'webrtc-cli.control' }] }])
    expect(judge('data.messagesSent == 12', run)).toMatchObject({ ok: true })
  })
})

describe('several streams', () => {
  const second = { ...inboundVideo, mid: '2', ssrc: 99, framesPerSecond: 10 }
  const run = samples([{ streams: [inboundVideo, second] }])

  it('all have to hold, and the one that does not is named', () => {
    expect(judge('inbound.video.fps >= 5', run)).toMatchObject({ ok: true, value: '30, 10' })
    expect(judge('inbound.video.fps >= 20', run)).toMatchObject({
      ok: false,
      reason: 'inbound.video.fps (mid 2, ssrc 99) is 10',
    })
  })

  it('are not told apart without end', () => {
    const many = Array.from({ length: 1_000 }, (_, ssrc) => ({ ...inboundVideo, ssrc }))
    const { value } = judge('inbound.video.fps >= 20', samples([{ streams: many }]))
    expect(value?.split(', ')).toHaveLength(256)
  })
})

describe('for', () => {
  it.each([
    ['holds in every sample of the window', [0, 0, 30, 30, 30], true, '30'],
    ['holds where only what was before the window did not', [30, 0, 30, 30, 30], true, '30'],
    ['fails with the first sample that broke it', [30, 30, 4, 3, 30], false, '4, 2 s before the end'],
    ['fails at the very end', [30, 30, 30, 30, 1], false, '1, 0 ms before the end'],
    [
      'fails where a sample was not measured',
      [30, 30, 30, null, 30],
      false,
      'not measured, 1 s before the end',
    ],
    ['fails where the run was shorter', [30, 30], false, 'measured for 1 s only'],
  ])('%s', (_what, values, ok, value) => {
    expect(judge('inbound.video.fps >= 5 for 2s', videoSamples('framesPerSecond', values))).toMatchObject({
      ok,
      value,
    })
  })

  it('takes words too', () => {
    const run = videoSamples('codec', ['H264', 'VP8', 'VP8'])
    expect(judge('inbound.video.codec == VP8 for 1s', run)).toMatchObject({ ok: true })
    expect(judge('inbound.video.codec == VP8 for 2s', run)).toMatchObject({
      ok: false,
      reason: 'inbound.video.codec was H264, 2 s before the end',
    })
  })

  it('fails for a stream that ended before the window', () => {
    const gone = samples(
      [{}, {}, { streams: [] }, { streams: [{ ...inboundVideo, ssrc: 5 }] }, {}].map((change, index) =>
        index < 2 ? change : { streams: [{ ...inboundVideo, ssrc: 5 }] },
      ),
    )
    expect(judge('inbound.video.fps >= 5 for 1s', gone)).toMatchObject({ ok: false })
  })

  it('stays exact over hours of breaking', () => {
    const values = Array.from({ length: 20_000 }, (_, index) => (index < 19_000 ? 1 : 30))
    const run = videoSamples('framesPerSecond', values)
    expect(judge('inbound.video.fps >= 5 for 900s', run)).toMatchObject({ ok: true })
    expect(judge('inbound.video.fps >= 5 for 1100s', run)).toMatchObject({ ok: false })
  })
})

describe('the recorder', () => {
  it('knows whether statistics are needed', () => {
    const needed = (expression: string) => needStatistics(parseExpectations([expression]))
    expect(needed('connect.time < 1s and warnings == 0 or transfer.rate > 1MB/s')).toBe(false)
    expect(needed('connect.time < 1s and not (warnings == 0 or path == direct)')).toBe(true)
  })

  it('holds only the local one of two peers in a process to anything', () => {
    const run = samples([{}, { side: 'remote', candidatePair: { ...samplePair, relayed: true } }])
    expect(judge('path == direct', run)).toMatchObject({ ok: true })
  })

  it('keeps percentiles right and memory bounded over more samples than it keeps', () => {
    const recorder = createExpectationRecorder(
      parseExpectations(['rtt.p50 < 55ms and rtt.p50 > 45ms', 'rtt.count == 250000']),
    )
    for (let index = 0; index < 250_000; index += 1) {
      const currentRoundTripTime = ((index * 7) % 100) / 1000
      recorder.record({
        event: 'stats',
        summary: { ...sampleStats, candidatePair: { ...samplePair, currentRoundTripTime } },
      })
    }
    expect(recorder.evaluate().map(({ ok }) => ok)).toEqual([true, true])
  })

  it('can be asked at any time', () => {
    const recorder = createExpectationRecorder(parseExpectations(['warnings == 1']))
    expect(recorder.evaluate()).toMatchObject([{ ok: false }])
    recorder.record({ event: 'warning', code: 'X', message: 'x', hint: null })
    expect(recorder.evaluate()).toMatchObject([{ ok: true }])
  })
})
