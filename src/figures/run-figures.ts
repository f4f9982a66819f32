import { CANDIDATE_TYPES } from '../sdp/ice-candidate.js'
import type { MediaKind } from '../sdp/media-kind.js'
import type { Figure } from './figure.js'
import type { FigureKind } from './figure-kind.js'

const NO_TRANSFER = 'no transfer was completed'

/** What happened in a session, by its events. */
export function sessionFigures(): Figure[] {
  const candidates = (side: 'local' | 'remote'): Figure => ({
    name: `candidates.${side}`,
    kind: 'set',
    words: CANDIDATE_TYPES,
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
  const tracks = (kind: MediaKind): Figure => ({
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

/** A transfer, when it is complete. */
export function transferFigures(): Figure[] {
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

/** What was warned of. */
export function warningFigures(): Figure[] {
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
