import type { CandidatePairSummary, PeerEvent, StatsSummary } from '../events.js'
import { CANDIDATE_WORDS, NEVER_CONNECTED, ofConnection, sampled, type Figure } from './figure.js'

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

/** The connection as a whole: its round trip, its transport, what it could carry. */
export function connectionFigures(): Figure[] {
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

function inMilliseconds(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000
}
