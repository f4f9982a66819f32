import type {
  CandidatePairSummary,
  DataChannelStats,
  PeerEvent,
  PeerEventOf,
  StatsSummary,
  StreamStats,
} from '../events.js'
import type { JournalEntry } from '../session/journal.js'
import { MergedSeries } from './merged-series.js'
import { collectPairs, type PairFact } from './pair-facts.js'
import { SetUpSteps, type SetUpStep } from './set-up-steps.js'

/** More of a kind than anybody reads in a page; what is beyond is counted. */
const MAX_ITEMS = 200

/** A peer can open channels by the hundred; more lines than this cannot be told apart. */
export const MAX_LINES = 8

/** A list that does not grow beyond what a page shows. */
class BoundedList<T> {
  readonly items: T[] = []
  leftOut = 0

  add(item: T): void {
    if (this.items.length < MAX_ITEMS) this.items.push(item)
    else this.leftOut++
  }
}

/** Something that happened while the plots were drawn. */
export interface Mark {
  timeMs: number
  label: string
}

export type CandidateFact = Omit<PeerEventOf<'candidate'>, 'event'> & { timeMs: number }
export type WarningFact = Pick<PeerEventOf<'warning'>, 'code' | 'message' | 'hint'> & { timeMs: number }

export const PLOT_KINDS = [
  'bitrate',
  'streams',
  'rtt',
  'loss',
  'frames',
  'latency',
  'delay',
  'buffered',
  'transfer',
] as const
export type PlotKind = (typeof PLOT_KINDS)[number]

/**
 * What a report is made of, collected while the run goes on; of a bounded size, however long that is. Times are
 * milliseconds since the epoch.
 */
export class ReportFacts {
  readonly startedMs: number
  peerName: string | null = null
  configuration: unknown = null
  connectedMs: number | null = null
  connectElapsedMs: number | null = null
  path: CandidatePairSummary | null = null
  pairs: PairFact[] = []
  last: StatsSummary | null = null
  readonly setUp = new SetUpSteps()
  readonly plots = new Map<PlotKind, MergedSeries>(PLOT_KINDS.map((kind) => [kind, new MergedSeries()]))
  readonly candidates = new BoundedList<CandidateFact>()
  readonly warnings = new BoundedList<WarningFact>()
  readonly marks = new BoundedList<Mark>()
  readonly expectations = new BoundedList<PeerEventOf<'expect'>>()
  readonly transfers = new BoundedList<PeerEventOf<'transfer-complete' | 'transfer-failed'>>()
  readonly tracks = new BoundedList<PeerEventOf<'track'>>()
  readonly media = new Map<string, PeerEventOf<'media'>>()
  impairment: PeerEventOf<'impairment'> | null = null
  #isPathLost = false

  constructor(startedMs: number) {
    this.startedMs = startedMs
  }

  /** A fact of a connection; what is shown is the first, which is the one that is watched. */
  addEntry(entry: JournalEntry): void {
    if (entry.connection !== 0) return
    this.setUp.add(entry)
    if (entry.what === 'created') this.configuration = entry.configuration
    if (entry.what === 'called' && entry.method === 'restartIce') this.#mark(entry.timeMs, 'ICE restart')
    if (entry.what === 'state' && entry.state === 'iceConnectionState')
      this.#markIce(entry.value, entry.timeMs)
    if (entry.what === 'stats') {
      this.pairs = collectPairs(entry.report)
      this.#series('buffered').add(
        entry.timeMs,
        Object.fromEntries([...(entry.bufferedAmounts ?? [])].slice(0, MAX_LINES)),
      )
    }
  }

  addEvent(event: PeerEvent, timeMs: number): void {
    if (event.event === 'peer-joined') {
      this.peerName = event.name
      this.setUp.start(timeMs)
    }
    if (event.event === 'connected') {
      this.connectedMs = timeMs
      this.connectElapsedMs = event.elapsedMs
      this.path = event.candidatePair
    }
    if (event.event === 'candidate-pair') {
      this.path = event
      this.#mark(timeMs, 'path changed')
    }
    if (event.event === 'warning') {
      this.warnings.add({ ...event, timeMs })
      this.#mark(timeMs, event.code)
    }
    if (event.event === 'candidate') this.candidates.add({ ...event, timeMs })
    if (event.event === 'expect') this.expectations.add(event)
    if (event.event === 'track') this.tracks.add(event)
    if (event.event === 'media') this.#addMedia(event, timeMs)
    if (event.event === 'impairment') this.impairment = event
    if (event.event === 'transfer-complete' || event.event === 'transfer-failed') this.transfers.add(event)
    if (event.event === 'transfer-progress') {
      this.#series('transfer').add(timeMs, { rate: event.bytesPerSecond })
    }
  }

  addSample(summary: StatsSummary, timeMs: number): void {
    this.last = summary
    this.path = summary.candidatePair ?? this.path
    const { transport, candidatePair, streams } = summary
    const rtt = candidatePair?.currentRoundTripTime ?? null
    this.#series('bitrate').add(timeMs, {
      sent: transport?.sendBitrate,
      received: transport?.receiveBitrate,
      'estimated for sending': candidatePair?.availableOutgoingBitrate,
    })
    this.#series('rtt').add(timeMs, {
      'round trip': rtt === null ? null : rtt * 1000,
      // The stack says 0 until the peer has reported.
      ...ofStreams(streams, 'RTCP', ({ roundTripTimeMs }) =>
        roundTripTimeMs === 0 ? null : roundTripTimeMs,
      ),
    })
    this.#series('streams').add(
      timeMs,
      ofStreams(streams, '', ({ bitrate }) => bitrate),
    )
    this.#series('loss').add(
      timeMs,
      ofStreams(streams, '', ({ lossRatio }) => (lossRatio === null ? null : lossRatio * 100)),
    )
    this.#series('frames').add(
      timeMs,
      ofStreams(streams, '', ({ framesPerSecond }) => framesPerSecond),
    )
    this.#series('delay').add(timeMs, {
      ...ofStreams(streams, 'jitter buffer', ({ jitterBufferDelayMs }) => jitterBufferDelayMs),
      ...ofStreams(streams, 'jitter', ({ jitterMs }) => jitterMs),
    })
  }

  get streams(): readonly StreamStats[] {
    return this.last?.streams ?? []
  }

  get dataChannels(): readonly DataChannelStats[] {
    return this.last?.dataChannels ?? []
  }

  get steps(): readonly SetUpStep[] {
    return this.setUp.steps()
  }

  /** The last of each track is what its table shows. */
  #addMedia(event: PeerEventOf<'media'>, timeMs: number): void {
    if (this.media.size < MAX_LINES || this.media.has(event.id)) this.media.set(event.id, event)
    const { latencyMs } = event
    if (latencyMs === null) return
    this.#series('latency').add(timeMs, { median: latencyMs.p50, '95th percentile': latencyMs.p95 })
  }

  /** Losing the path, and finding it again. */
  #markIce(state: string, timeMs: number): void {
    const isLost = state === 'disconnected' || state === 'failed'
    if (isLost || (this.#isPathLost && state === 'connected')) this.#mark(timeMs, `ICE ${state}`)
    this.#isPathLost = isLost
  }

  #mark(timeMs: number, label: string): void {
    this.marks.add({ timeMs, label })
  }

  #series(kind: PlotKind): MergedSeries {
    const series = this.plots.get(kind) ?? new MergedSeries()
    this.plots.set(kind, series)
    return series
  }
}

/** A value of each stream under a name people know; several of a kind are numbered. */
function ofStreams(
  streams: readonly StreamStats[],
  what: string,
  read: (stream: StreamStats) => number | null,
): Record<string, number | null> {
  const values: Record<string, number | null> = {}
  const seen = new Map<string, number>()
  for (const stream of streams) {
    const kind = `${stream.kind} ${stream.direction === 'inbound' ? 'received' : 'sent'}`
    const number = (seen.get(kind) ?? 0) + 1
    seen.set(kind, number)
    values[[what, kind, number > 1 ? number : ''].filter((part) => part !== '').join(' ')] = read(stream)
  }
  return values
}
