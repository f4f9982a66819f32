import type { StatsSummary, StreamStats } from '../events.js'
import type { Aggregate } from './aggregate.js'
import type { FigureKind } from './figure-kind.js'
import { sampled, type Figure } from './figure.js'

interface StreamFigure {
  name: string
  kind: FigureKind
  aggregate: Aggregate
  from: string
  describe: string
  read: (stream: StreamStats) => number | string | null
  /** Left out: of both directions and kinds. */
  only?: Partial<Pick<StreamStats, 'direction' | 'kind'>>
}

/** What an RTP stream has; every direction and kind has its own of these. */
export const STREAM_FIGURES: readonly StreamFigure[] = [
  {
    name: 'bitrate',
    kind: 'bitrate',
    aggregate: 'mean',
    from: 'bytesReceived, bytesSent',
    describe: 'payload',
    read: ({ bitrate }) => bitrate,
  },
  {
    name: 'packetRate',
    kind: 'number',
    aggregate: 'mean',
    from: 'packetsReceived, packetsSent',
    describe: 'packets per second',
    read: ({ packetsPerSecond }) => packetsPerSecond,
  },
  {
    name: 'loss',
    kind: 'ratio',
    aggregate: 'mean',
    from: 'packetsLost, fractionLost',
    describe: 'lost of expected packets',
    read: ({ lossRatio }) => lossRatio,
  },
  {
    name: 'packetsLost',
    kind: 'count',
    aggregate: 'last',
    from: 'packetsLost',
    describe: 'lost packets',
    read: ({ packetsLost }) => packetsLost,
  },
  {
    name: 'jitter',
    kind: 'time',
    aggregate: 'mean',
    from: 'jitter',
    describe: 'variation of the arrival',
    read: ({ jitterMs }) => jitterMs,
  },
  {
    name: 'rtt',
    kind: 'time',
    aggregate: 'mean',
    from: 'remote-*-rtp.roundTripTime',
    describe: 'round trip by RTCP',
    read: ({ roundTripTimeMs }) => roundTripTimeMs,
  },
  {
    name: 'jitterBufferDelay',
    kind: 'time',
    aggregate: 'mean',
    from: 'jitterBufferDelay',
    describe: 'stay in the jitter buffer',
    read: ({ jitterBufferDelayMs }) => jitterBufferDelayMs,
    only: { direction: 'inbound' },
  },
  {
    name: 'fps',
    kind: 'number',
    aggregate: 'mean',
    from: 'framesPerSecond',
    describe: 'frames per second',
    read: ({ framesPerSecond }) => framesPerSecond,
    only: { kind: 'video' },
  },
  {
    name: 'width',
    kind: 'number',
    aggregate: 'last',
    from: 'frameWidth',
    describe: 'pixels',
    read: ({ width }) => width,
    only: { kind: 'video' },
  },
  {
    name: 'height',
    kind: 'number',
    aggregate: 'last',
    from: 'frameHeight',
    describe: 'pixels',
    read: ({ height }) => height,
    only: { kind: 'video' },
  },
  {
    name: 'framesDropped',
    kind: 'count',
    aggregate: 'last',
    from: 'framesDropped',
    describe: 'frames not decoded or shown',
    read: ({ framesDropped }) => framesDropped,
    only: { direction: 'inbound', kind: 'video' },
  },
  {
    name: 'freezes',
    kind: 'count',
    aggregate: 'last',
    from: 'freezeCount',
    describe: 'how often the picture froze',
    read: ({ freezeCount }) => freezeCount,
    only: { direction: 'inbound', kind: 'video' },
  },
  {
    name: 'qualityLimitation',
    kind: 'word',
    aggregate: 'last',
    from: 'qualityLimitationReason',
    describe: 'none, cpu, bandwidth or other',
    read: ({ qualityLimitationReason }) => qualityLimitationReason,
    only: { direction: 'outbound', kind: 'video' },
  },
  {
    name: 'audioLevel',
    kind: 'number',
    aggregate: 'mean',
    from: 'audioLevel',
    describe: '0 to 1',
    read: ({ audioLevel }) => audioLevel,
    only: { kind: 'audio' },
  },
  {
    name: 'codec',
    kind: 'word',
    aggregate: 'last',
    from: 'codec.mimeType',
    describe: 'such as VP8 or opus',
    read: ({ codec }) => codec,
  },
]

/** The figures of every direction and kind, such as `inbound.video.fps`. */
export function streamFigures(): Figure[] {
  const places = (['inbound', 'outbound'] as const).flatMap((direction) =>
    (['audio', 'video'] as const).map((kind) => ({ direction, kind })),
  )
  const all = places.flatMap((place) =>
    STREAM_FIGURES.filter(
      ({ only }) =>
        (only?.direction ?? place.direction) === place.direction && (only?.kind ?? place.kind) === place.kind,
    ).map((figure) => streamFigure(figure, place)),
  )
  const freezes = all.find(({ name }) => name === 'inbound.video.freezes')
  return freezes === undefined
    ? all
    : [...all, { ...freezes, name: 'freezes', describe: 'short for inbound.video.freezes' }]
}

function streamFigure(
  { name, kind, aggregate, from, describe, read }: StreamFigure,
  place: Pick<StreamStats, 'direction' | 'kind'>,
): Figure {
  const isThere = (stream: StreamStats) => stream.direction === place.direction && stream.kind === place.kind
  const readAll = ({ streams }: StatsSummary) =>
    streams.filter(isThere).map((stream) => ({ of: streamName(stream), value: read(stream) }))
  return {
    name: `${place.direction}.${place.kind}.${name}`,
    kind,
    source: { ...sampled(readAll), aggregate },
    from: `${place.direction}-rtp: ${from}`,
    describe,
    ...(name === 'qualityLimitation' ? { words: ['none', 'cpu', 'bandwidth', 'other'] } : {}),
    absent: `there was no ${place.direction} ${place.kind} stream`,
  }
}

function streamName({ mid, ssrc }: StreamStats): string {
  return mid === null ? `ssrc ${ssrc ?? '-'}` : `mid ${mid}, ssrc ${ssrc ?? '-'}`
}
