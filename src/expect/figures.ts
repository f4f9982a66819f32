import type { CandidatePairSummary, PeerEvent, StatsSummary, StreamStats } from '../events.js'
import { CHANNEL_IDS } from '../session/channel-ids.js'
import type { Aggregate } from './aggregate.js'
import type { FigureKind } from './figure-kind.js'

/** What one sample says about one thing: a stream, or the connection (an empty `of`). Null: not measured. */
export interface Reading {
  of: string
  value: number | string | null
}

/**
 * How a figure comes about: `samples` over the run, which an aggregate reduces; `once` told by an event; a `count` of
 * events; a `set` of the words that events brought.
 */
export type FigureSource =
  | { over: 'samples'; read: (event: PeerEvent) => Reading[]; aggregate: Aggregate }
  | { over: 'once'; read: (event: PeerEvent) => number | undefined }
  | { over: 'count'; matches: (event: PeerEvent) => boolean }
  | { over: 'set'; read: (event: PeerEvent) => string | undefined }

export interface Figure {
  name: string
  kind: FigureKind
  source: FigureSource
  /** Where it comes from, in the words of the event table or of W3C webrtc-stats. */
  from: string
  describe: string
  /** The words it can have, where they are few. */
  words?: readonly string[]
  /** Said where it has no value although the run had events: what was missing. */
  absent: string
}

const CANDIDATE_WORDS = ['host', 'srflx', 'prflx', 'relay'] as const

const NEVER_CONNECTED = 'there was no connection'
const NO_TRANSFER = 'no transfer was completed'

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
const STREAM_FIGURES: readonly StreamFigure[] = [
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

/** Every figure an expression can name, in the order of the documentation. */
export const FIGURES: readonly Figure[] = [
  ...pathFigures(),
  ...connectionFigures(),
  ...streamFigures(),
  ...dataFigures(),
  ...sessionFigures(),
  ...transferFigures(),
  ...warningFigures(),
]

const FIGURE_BY_NAME = new Map(FIGURES.map((figure) => [figure.name, figure]))

export function findFigure(name: string): Figure | undefined {
  return FIGURE_BY_NAME.get(name)
}

/** The names for a help text; those of the streams, which are many, once for all directions and kinds. */
export function listFigureNames(): { names: string[]; ofEachStream: string[] } {
  const isOfStream = (name: string) => /^(in|out)bound\./.test(name)
  const names = FIGURES.map(({ name }) => name)
  return {
    names: names.filter((name) => !isOfStream(name)),
    ofEachStream: STREAM_FIGURES.map(({ name }) => name),
  }
}

function pathFigures(): Figure[] {
  const figure = (
    name: string,
    words: readonly string[] | undefined,
    describe: string,
    read: (pair: CandidatePairSummary) => string | null,
  ): Figure => ({
    name,
    kind: 'word',
    words,
    describe,
    source: {
      over: 'samples',
      aggregate: 'last',
      read: (event) => {
        const pair = pairOf(event)
        return pair === null ? [] : ofConnection(read(pair))
      },
    },
    from: 'selected candidate pair',
    absent: NEVER_CONNECTED,
  })
  return [
    figure('path', ['direct', 'relay'], 'whether a TURN server relays, on either side', ({ relayed }) =>
      relayed ? 'relay' : 'direct',
    ),
    figure('path.local', CANDIDATE_WORDS, 'type of the local candidate', ({ local }) => local.type),
    figure('path.remote', CANDIDATE_WORDS, 'type of the remote candidate', ({ remote }) => remote.type),
    figure('path.protocol', ['udp', 'tcp'], 'transport of the pair', ({ protocol }) => protocol),
  ]
}

function pairOf(event: PeerEvent): CandidatePairSummary | null {
  if (event.event === 'candidate-pair') return event
  if (event.event === 'connected') return event.candidatePair
  return event.event === 'stats' && event.summary.side === 'local' ? event.summary.candidatePair : null
}

function connectionFigures(): Figure[] {
  const transport = (read: (transport: NonNullable<StatsSummary['transport']>) => number | null) =>
    sampled((summary) => ofConnection(summary.transport === null ? null : read(summary.transport)))
  const pair = (read: (pair: CandidatePairSummary) => number | null) =>
    sampled((summary) => ofConnection(summary.candidatePair === null ? null : read(summary.candidatePair)))
  return [
    {
      name: 'connect.time',
      kind: 'time',
      source: { over: 'once', read: (event) => (event.event === 'connected' ? event.elapsedMs : undefined) },
      from: '`connected`.elapsedMs',
      describe: "from the peer's arrival to the connection",
      absent: NEVER_CONNECTED,
    },
    {
      name: 'rtt',
      kind: 'time',
      source: {
        ...pair(({ currentRoundTripTime }) => inMilliseconds(currentRoundTripTime)),
        aggregate: 'mean',
      },
      from: 'candidate-pair.currentRoundTripTime',
      describe: 'round trip of the selected pair',
      absent: NEVER_CONNECTED,
    },
    {
      name: 'available.outgoing',
      kind: 'bitrate',
      source: { ...pair(({ availableOutgoingBitrate }) => availableOutgoingBitrate), aggregate: 'mean' },
      from: 'candidate-pair.availableOutgoingBitrate',
      describe: 'what the congestion control would send',
      absent: NEVER_CONNECTED,
    },
    {
      name: 'transport.send',
      kind: 'bitrate',
      source: { ...transport(({ sendBitrate }) => sendBitrate), aggregate: 'mean' },
      from: 'transport.bytesSent',
      describe: 'everything sent',
      absent: NEVER_CONNECTED,
    },
    {
      name: 'transport.receive',
      kind: 'bitrate',
      source: { ...transport(({ receiveBitrate }) => receiveBitrate), aggregate: 'mean' },
      from: 'transport.bytesReceived',
      describe: 'everything received',
      absent: NEVER_CONNECTED,
    },
    {
      name: 'selectedPairChanges',
      kind: 'count',
      source: {
        ...transport(({ selectedCandidatePairChanges }) => selectedCandidatePairChanges),
        aggregate: 'last',
      },
      from: 'transport.selectedCandidatePairChanges',
      describe: 'how often a pair was selected, the first time included',
      absent: NEVER_CONNECTED,
    },
  ]
}

function streamFigures(): Figure[] {
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

function dataFigures(): Figure[] {
  type Channel = StatsSummary['dataChannels'][number]
  const figure = (
    name: string,
    kind: 'bitrate' | 'count',
    from: string,
    describe: string,
    read: (channel: Channel) => number | null,
  ): Figure => ({
    name,
    kind,
    source: {
      // The tool's own pings are not the user's data.
      ...sampled(({ dataChannels }) => {
        const channels = dataChannels.filter(({ id }) => id !== CHANNEL_IDS.control)
        return channels.length === 0 ? [] : ofConnection(sumOf(channels.map(read)))
      }),
      aggregate: kind === 'bitrate' ? 'mean' : 'last',
    },
    from,
    describe,
    absent: 'no data channel was open when a sample was taken',
  })
  return [
    figure(
      'data.send',
      'bitrate',
      'data-channel.bytesSent',
      'sent on all data channels',
      ({ sendBitrate }) => sendBitrate,
    ),
    figure(
      'data.receive',
      'bitrate',
      'data-channel.bytesReceived',
      'received on all data channels',
      ({ receiveBitrate }) => receiveBitrate,
    ),
    figure(
      'data.messagesSent',
      'count',
      'data-channel.messagesSent',
      'messages sent on all data channels',
      ({ messagesSent }) => messagesSent,
    ),
    figure(
      'data.messagesReceived',
      'count',
      'data-channel.messagesReceived',
      'messages received on all data channels',
      ({ messagesReceived }) => messagesReceived,
    ),
  ]
}

function sessionFigures(): Figure[] {
  const candidates = (side: 'local' | 'remote'): Figure => ({
    name: `candidates.${side}`,
    kind: 'set',
    words: CANDIDATE_WORDS,
    source: {
      over: 'set',
      read: (event) => (event.event === 'candidate' && event.side === side ? event.type : undefined),
    },
    from: '`candidate`.type',
    describe: `types of ${side} candidates seen`,
    absent: '',
  })
  const chat = (name: string, direction: 'in' | 'out'): Figure => ({
    name,
    kind: 'count',
    source: { over: 'count', matches: (event) => event.event === 'chat' && event.direction === direction },
    from: '`chat`',
    describe: `chat messages ${direction === 'in' ? 'received' : 'sent'}`,
    absent: '',
  })
  const tracks = (kind: 'audio' | 'video'): Figure => ({
    name: `tracks.${kind}`,
    kind: 'count',
    source: { over: 'count', matches: (event) => event.event === 'track' && event.kind === kind },
    from: '`track`',
    describe: `${kind} tracks on which something arrived`,
    absent: '',
  })
  return [
    candidates('local'),
    candidates('remote'),
    chat('chat.received', 'in'),
    chat('chat.sent', 'out'),
    tracks('audio'),
    tracks('video'),
  ]
}

function transferFigures(): Figure[] {
  const figure = (
    name: string,
    kind: FigureKind,
    field: 'bytesPerSecond' | 'bytes' | 'durationMs' | 'resumedBytes',
    describe: string,
  ): Figure => ({
    name,
    kind,
    source: {
      over: 'once',
      read: (event) => (event.event === 'transfer-complete' ? event[field] : undefined),
    },
    from: `\`transfer-complete\`.${field}`,
    describe,
    absent: NO_TRANSFER,
  })
  return [
    figure('transfer.rate', 'rate', 'bytesPerSecond', 'mean over the whole transfer'),
    figure('transfer.bytes', 'bytes', 'bytes', 'size of what was transferred'),
    figure('transfer.duration', 'time', 'durationMs', 'from the first byte to the acknowledgement'),
    figure('transfer.resumed', 'bytes', 'resumedBytes', 'what was there from an earlier attempt'),
  ]
}

function warningFigures(): Figure[] {
  return [
    {
      name: 'warnings',
      kind: 'count',
      source: { over: 'count', matches: ({ event }) => event === 'warning' },
      from: '`warning`',
      describe: 'warnings reported',
      absent: '',
    },
    {
      name: 'warnings.codes',
      kind: 'set',
      source: { over: 'set', read: (event) => (event.event === 'warning' ? event.code : undefined) },
      from: '`warning`.code',
      describe: 'codes of the warnings, such as PEER_SILENT',
      absent: '',
    },
  ]
}

/** Of two peers in one process only the local one is held to anything. */
function sampled(read: (summary: StatsSummary) => Reading[]) {
  return {
    over: 'samples' as const,
    read: (event: PeerEvent) =>
      event.event === 'stats' && event.summary.side === 'local' ? read(event.summary) : [],
  }
}

function ofConnection(value: number | string | null): Reading[] {
  return [{ of: '', value }]
}

function inMilliseconds(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000
}

/** Null where one of them is: a sum without it would be too small. */
function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0)
}
