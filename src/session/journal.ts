import { Subscribers } from '../async/subscribers.js'
import type { MediaKind } from '../sdp/media-kind.js'
import type { PeerConnectionStates, RawStats } from './ports.js'

/** What happened to a connection. No password is ever in it: see `withoutSecrets`. */
export type JournalFact =
  | { what: 'created'; name: string | null; configuration: unknown }
  | { what: 'called'; call: number; method: string; args: unknown }
  | { what: 'succeeded'; call: number; method: string; result: unknown }
  | { what: 'failed'; call: number; method: string; message: string }
  | { what: 'state'; state: keyof PeerConnectionStates; value: string }
  /** null is the end of candidates; `url` that of the server it is from, null where the stack does not say. */
  | { what: 'candidate'; candidate: RTCIceCandidateInit | null; url: string | null }
  | { what: 'candidate-error'; url: string; errorCode: number; errorText: string }
  | { what: 'negotiation-needed' }
  | { what: 'data-channel'; label: string; protocol: string; state: 'announced' | 'open' | 'closed' }
  /** The first that arrived on a channel. */
  | { what: 'first-message'; label: string }
  | { what: 'track'; kind: MediaKind; id: string }
  /** One getStats(), and what each open channel had buffered at that moment, in bytes by its label. */
  | { what: 'stats'; report: readonly RawStats[]; bufferedAmounts?: ReadonlyMap<string, number> }
  /** Seen from outside the connection: the first frame of a track was decoded. */
  | { what: 'first-frame'; kind: MediaKind; id: string }
  | { what: 'closed' }

/** One fact, of one connection, at one moment. */
export type JournalEntry = JournalFact & {
  /** Milliseconds since the epoch, with the resolution of the monotonic clock, which alone moves it. */
  timeMs: number
  /** Connections are numbered from 0 in the order in which they were created. */
  connection: number
}

/**
 * Everything that happens to the connections of a run, in order, for whoever wants it: dumps, traces, reports.
 * Nothing is kept, and where nobody subscribes nothing is even looked at.
 */
export interface Journal {
  readonly isWanted: boolean
  /** Gives every later entry to `onEntry` until disposed; subscribe before the connection is made to get all. */
  subscribe(onEntry: (entry: JournalEntry) => void): Disposable
  /** The time as the entries have it, for what is written beside them. */
  now(): number
  /** A new number for a connection. */
  addConnection(): number
  record(connection: number, fact: JournalFact): void
}

/** A journal nobody reads yet. */
export function createJournal(now: () => number = epochMs): Journal {
  const readers = new Subscribers<JournalEntry>()
  let connections = 0
  return {
    get isWanted() {
      return readers.size > 0
    },
    subscribe: (onEntry) => readers.subscribe(onEntry),
    now,
    addConnection: () => connections++,
    record(connection, fact) {
      if (readers.size > 0) readers.publish({ ...fact, timeMs: now(), connection })
    },
  }
}

function epochMs(): number {
  return performance.timeOrigin + performance.now()
}
