import type { CandidatePairSummary, PeerEvent, StatsSummary } from '../events.js'
import { CANDIDATE_TYPES } from '../sdp/ice-candidate.js'
import type { Aggregate } from './aggregate.js'
import { NEVER_CONNECTED, ofConnection, sampled, type Figure, type FigureSource } from './figure.js'
import type { FigureKind } from './figure-kind.js'

/** The path: whether it is relayed, and what it is made of. */
export function pathFigures(): Figure[] {
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
    figure('path.local', CANDIDATE_TYPES, 'type of the local candidate', ({ local }) => local.type),
    figure('path.remote', CANDIDATE_TYPES, 'type of the remote candidate', ({ remote }) => remote.type),
    figure('path.protocol', ['udp', 'tcp'], 'transport of the pair', ({ protocol }) => protocol),
  ]
}

function pairOf(event: PeerEvent): CandidatePairSummary | null {
  if (event.event === 'candidate-pair') return event
  if (event.event === 'connected') return event.candidatePair
  return event.event === 'stats' && event.summary.side === 'local' ? event.summary.candidatePair : null
}

/** The connection as a whole: its round trip, its transport, what it could carry. */
export function connectionFigures(): Figure[] {
  const transport = (read: (transport: NonNullable<StatsSummary['transport']>) => number | null) =>
    sampled((summary) => ofConnection(summary.transport === null ? null : read(summary.transport)))
  const pair = (read: (pair: CandidatePairSummary) => number | null) =>
    sampled((summary) => ofConnection(summary.candidatePair === null ? null : read(summary.candidatePair)))
  const sample = (
    name: string,
    kind: FigureKind,
    from: string,
    describe: string,
    read: Pick<FigureSource & { over: 'samples' }, 'over' | 'read'>,
    aggregate: Aggregate = 'mean',
  ): Figure => ({ name, kind, source: { ...read, aggregate }, from, describe, absent: NEVER_CONNECTED })
  return [
    {
      name: 'connect.time',
      kind: 'time',
      source: { over: 'once', read: (event) => (event.event === 'connected' ? event.elapsedMs : undefined) },
      from: '`connected`.elapsedMs',
      describe: "from the peer's arrival to the connection",
      absent: NEVER_CONNECTED,
    },
    sample(
      'rtt',
      'time',
      'candidate-pair.currentRoundTripTime',
      'round trip of the selected pair',
      pair(({ currentRoundTripTime }) => inMilliseconds(currentRoundTripTime)),
    ),
    sample(
      'meanRtt',
      'time',
      'candidate-pair.totalRoundTripTime',
      'mean of its round trips in the interval',
      transport(({ meanRoundTripTimeMs }) => meanRoundTripTimeMs),
    ),
    sample(
      'available.outgoing',
      'bitrate',
      'candidate-pair.availableOutgoingBitrate',
      'what the congestion control would send',
      pair(({ availableOutgoingBitrate }) => availableOutgoingBitrate),
    ),
    sample(
      'available.incoming',
      'bitrate',
      'candidate-pair.availableIncomingBitrate',
      'what it would have the peer send',
      pair(({ availableIncomingBitrate }) => availableIncomingBitrate),
    ),
    sample(
      'transport.send',
      'bitrate',
      'transport.bytesSent',
      'everything sent, on all connections',
      transport(({ sendBitrate }) => sendBitrate),
    ),
    sample(
      'transport.receive',
      'bitrate',
      'transport.bytesReceived',
      'everything received, on all connections',
      transport(({ receiveBitrate }) => receiveBitrate),
    ),
    sample(
      'transport.bytesSent',
      'bytes',
      'transport.bytesSent',
      'everything sent, on all connections, in the end',
      transport(({ bytesSent }) => bytesSent),
      'last',
    ),
    sample(
      'transport.bytesReceived',
      'bytes',
      'transport.bytesReceived',
      'everything received, on all connections, in the end',
      transport(({ bytesReceived }) => bytesReceived),
      'last',
    ),
    sample(
      'transport.sendRate',
      'number',
      'transport.packetsSent',
      'packets sent per second',
      transport(({ packetsSentPerSecond }) => packetsSentPerSecond),
    ),
    sample(
      'transport.receiveRate',
      'number',
      'transport.packetsReceived',
      'packets received per second',
      transport(({ packetsReceivedPerSecond }) => packetsReceivedPerSecond),
    ),
    sample(
      'transport.packetsSent',
      'count',
      'transport.packetsSent',
      'packets sent, in the end',
      transport(({ packetsSent }) => packetsSent),
      'last',
    ),
    sample(
      'transport.packetsReceived',
      'count',
      'transport.packetsReceived',
      'packets received, in the end',
      transport(({ packetsReceived }) => packetsReceived),
      'last',
    ),
    sample(
      'selectedPairChanges',
      'count',
      'transport.selectedCandidatePairChanges',
      'how often a pair was selected, the first time included',
      transport(({ selectedCandidatePairChanges }) => selectedCandidatePairChanges),
      'last',
    ),
  ]
}

function inMilliseconds(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000
}
