import type { PeerEvent, StatsSummary } from '../events.js'
import type { JournalEntry } from '../session/journal.js'
import { ConnectionTrace } from './connection-trace.js'
import { TraceEvents } from './trace-events.js'

/** The row of what is about the run and not about a connection. */
const RUN = 0

/**
 * Draws a run as a trace for Perfetto and chrome://tracing: a row a connection, with spans for gathering, checks, DTLS
 * and SCTP, calls and channels, moments for candidates and pairs, and counters for what was measured. Each text
 * returned is whole events.
 */
export class Trace {
  readonly #events: TraceEvents
  readonly #connections = new Map<number, ConnectionTrace>()
  #lastMs: number

  constructor(startMs: number) {
    this.#events = new TraceEvents(startMs)
    this.#lastMs = startMs
  }

  header(name: string): string {
    return this.#events.label(RUN, name)
  }

  /** A fact of a connection. */
  entry(entry: JournalEntry): string {
    this.#lastMs = entry.timeMs
    const { connection } = entry
    const row = this.#connections.get(connection) ?? new ConnectionTrace(this.#events, connection + 1)
    this.#connections.set(connection, row)
    return row.entry(entry)
  }

  /** What was measured of the connection that is watched. */
  sample({ transport, candidatePair, streams }: StatsSummary, timeMs: number): string {
    const at = { timeMs, row: RUN }
    const rtt = candidatePair?.currentRoundTripTime ?? null
    return [
      this.#events.counter('bit/s', at, {
        send: transport?.sendBitrate ?? null,
        receive: transport?.receiveBitrate ?? null,
      }),
      this.#events.counter('round trip, ms', at, { rtt: rtt === null ? null : rtt * 1000 }),
      ...streams.map(({ direction, kind, framesPerSecond }) =>
        this.#events.counter(`${direction} ${kind} frames/s`, at, { fps: framesPerSecond }),
      ),
    ].join('')
  }

  /** What the run says of itself that the connections do not. */
  event(event: PeerEvent, timeMs: number): string {
    const at = { timeMs, row: RUN }
    this.#lastMs = timeMs
    if (event.event === 'peer-joined') return this.#events.moment('peer joined', at, {}, 'p')
    if (event.event === 'peer-left')
      return this.#events.moment('peer left', at, { reason: event.reason }, 'p')
    if (event.event === 'connected') return this.#events.moment('connected', at, {}, 'p')
    if (event.event === 'warning') {
      return this.#events.moment(`warning ${event.code}`, at, { message: event.message }, 'p')
    }
    if (event.event === 'transfer-accepted') {
      const { direction, bytes, resumedBytes, associations } = event
      const args = { bytes, resumedBytes, associations }
      return this.#events.begin('transfer', `transfer (${direction})`, 'transfer', at, args)
    }
    if (event.event === 'transfer-progress') {
      return this.#events.counter('transfer, byte/s', at, { rate: event.bytesPerSecond })
    }
    if (event.event === 'transfer-complete') return this.#events.end('transfer', at, { bytes: event.bytes })
    if (event.event === 'transfer-failed') return this.#events.end('transfer', at, { failed: event.reason })
    return ''
  }

  /** The end of the document; what has not ended ends here. */
  finish(): string {
    const held = Array.from(this.#connections.values(), (connection) => connection.finish())
    return held.join('') + this.#events.finish(this.#lastMs)
  }
}
