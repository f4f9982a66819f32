import type { PeerEvent, StatsSummary } from '../events.js'
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

/** A figure that each sample of the statistics has a value of. */
export type SampledFigure = Figure & { source: Extract<FigureSource, { over: 'samples' }> }

export const NEVER_CONNECTED = 'there was no connection'

/** Of two peers in one process only the local one is held to anything. */
export function sampled(read: (summary: StatsSummary) => Reading[]) {
  return {
    over: 'samples' as const,
    read: (event: PeerEvent) =>
      event.event === 'stats' && event.summary.side === 'local' ? read(event.summary) : [],
  }
}

export function ofConnection(value: number | string | null): Reading[] {
  return [{ of: '', value }]
}
