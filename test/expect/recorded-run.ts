import type { PeerEvent, StatsSummary, StreamStats } from '../../src/events.js'
import { createExpectationRecorder, parseExpectations } from '../../src/expect/recorder.js'
import { samplePair, sampleStats } from '../terminal/sample-events.js'

export interface TimedEvent {
  atMs: number
  event: PeerEvent
}

/** What expectations come to at the end of these events. */
export function judgeAll(expressions: readonly string[], run: readonly TimedEvent[]) {
  let nowMs = 0
  const recorder = createExpectationRecorder(parseExpectations(expressions), { now: () => nowMs })
  for (const { atMs, event } of run) {
    nowMs = atMs
    recorder.record(event)
  }
  return recorder.evaluate()
}

export function judge(expression: string, run: readonly TimedEvent[]) {
  const [result] = judgeAll([expression], run)
  if (result === undefined) throw new Error('no result')
  return result
}

const [video, audio] = sampleStats.streams
if (video === undefined || audio === undefined) throw new Error('the sample has two streams')
export const inboundVideo: StreamStats = video
export const outboundAudio: StreamStats = audio

/** One `stats` sample a second, from the changes to the sample that each has. */
export function samples(changes: readonly Partial<StatsSummary>[], startMs = 0): TimedEvent[] {
  return changes.map((change, index) => ({
    atMs: startMs + index * 1_000,
    event: { event: 'stats', summary: { ...sampleStats, ...change } },
  }))
}

/** Samples with one inbound video stream that has this field. */
export function videoSamples<Field extends keyof StreamStats>(
  field: Field,
  values: readonly StreamStats[Field][],
): TimedEvent[] {
  return samples(values.map((value) => ({ streams: [{ ...inboundVideo, [field]: value }] })))
}

/** Samples with these round trips, in milliseconds. */
export function roundTripSamples(values: readonly (number | null)[]): TimedEvent[] {
  return samples(
    values.map((value) => ({
      candidatePair: { ...samplePair, currentRoundTripTime: value === null ? null : value / 1000 },
    })),
  )
}

/** A whole call of four seconds with a transfer. */
export const recordedRun: TimedEvent[] = [
  ...(['host', 'srflx'] as const).map((type): TimedEvent => ({ atMs: 5, event: candidate('local', type) })),
  { atMs: 6, event: candidate('remote', 'host') },
  { atMs: 100, event: { event: 'connected', elapsedMs: 312, candidatePair: samplePair } },
  ...samples(
    [
      { streams: sampleStats.streams.map((stream) => ({ ...stream, bitrate: null, framesPerSecond: null })) },
      { streams: sampleStats.streams },
      {
        streams: sampleStats.streams.map((stream) => ({
          ...stream,
          bitrate: 1_000_000,
          framesPerSecond: 20,
        })),
      },
      { streams: sampleStats.streams },
    ],
    100,
  ),
  { atMs: 200, event: { event: 'chat', from: 'alice', text: 'hello', direction: 'in' } },
  { atMs: 210, event: { event: 'chat', from: 'alice', text: 'again', direction: 'in' } },
  { atMs: 220, event: { event: 'chat', from: null, text: 'hi', direction: 'out' } },
  {
    atMs: 1_200,
    event: { event: 'track', kind: 'video', id: 't1', codec: 'VP8', width: 640, height: 480, frameRate: 30 },
  },
  {
    atMs: 1_300,
    event: { event: 'warning', code: 'PEER_SILENT', message: 'The peer is silent.', hint: null },
  },
  {
    atMs: 3_500,
    event: {
      event: 'transfer-complete',
      direction: 'send',
      files: [],
      bytes: 95_100_000,
      bytesTransferred: 90_100_000,
      resumedBytes: 5_000_000,
      bytesPerSecond: 31_200_000,
      associations: 1,
      durationMs: 2_900,
    },
  },
]

function candidate(side: 'local' | 'remote', type: 'host' | 'srflx'): PeerEvent {
  const related = { relatedAddress: null, relatedPort: null, priority: 1, url: null }
  return {
    event: 'candidate',
    side,
    type,
    protocol: 'udp',
    address: '192.0.2.7',
    port: 4242,
    ...related,
    elapsedMs: 12,
  }
}
