import { parseCandidate } from '../session/candidate.js'
import type { JournalEntry } from '../session/journal.js'
import type { RawStats } from '../session/ports.js'
import { readNumber, readString } from '../stats/read-field.js'
import { indexStats, type StatsIndex } from '../stats/stats-index.js'
import type { Moment, TraceEvents } from './trace-events.js'

/** Calls that are done when they return: a moment, no span. */
const MOMENTARY_CALLS = new Set(['addTrack', 'createDataChannel', 'restartIce'])

const DTLS = 'dtls'

type FactOf<What extends JournalEntry['what']> = Extract<JournalEntry, { what: What }>

/** A local candidate whose server is not known yet: only getStats() tells it. */
interface HeldCandidate {
  at: Moment
  line: string
  url: string | null
}

/** The row of one connection. Each text it returns is whole events. */
export class ConnectionTrace {
  readonly #events: TraceEvents
  readonly #row: number
  readonly #pairStates = new Map<string, string>()
  #held: HeldCandidate[] = []
  #selectedPairId: string | null = null
  #hasOpenChannel = false
  #hasChecked = false
  /** When offer and answer were complete for the last time: checks can begin then. */
  #agreed: Moment | undefined

  constructor(events: TraceEvents, row: number) {
    this.#events = events
    this.#row = row
  }

  entry(entry: JournalEntry): string {
    const at = { timeMs: entry.timeMs, row: this.#row }
    switch (entry.what) {
      case 'created':
        return this.#events.label(
          this.#row,
          `connection ${entry.connection}${entry.name === null ? '' : ` (${entry.name})`}`,
        )
      case 'called':
        return this.#called(entry, at)
      case 'succeeded':
        return this.#events.end(`call ${entry.call}`, at)
      case 'failed':
        return this.#events.end(`call ${entry.call}`, at, { failed: entry.message })
      case 'state':
        return this.#state(entry, at)
      case 'candidate':
        return this.#candidate(entry, at)
      case 'candidate-error': {
        const { url, errorCode, errorText } = entry
        return this.#events.moment('candidate error', at, { url, errorCode, errorText })
      }
      case 'negotiation-needed':
        return this.#events.moment('negotiation needed', at)
      case 'data-channel':
        return this.#channel(entry, at)
      case 'first-message':
        return this.#events.moment(`first message on ${entry.label}`, at)
      case 'track':
        return this.#events.moment(`${entry.kind} track`, at, { id: entry.id })
      case 'first-frame':
        return this.#events.moment(`first ${entry.kind} frame`, at, { id: entry.id }, 'p')
      case 'stats':
        return this.#stats(entry.report, at)
      case 'closed':
        return this.finish() + this.#events.moment('closed', at)
      default:
        return entry satisfies never
    }
  }

  /** What was held back for a report that did not come. */
  finish(): string {
    return this.#release([])
  }

  #candidate({ candidate, url }: FactOf<'candidate'>, at: Moment): string {
    if (candidate === null) return this.#events.moment('end of candidates', at)
    this.#held.push({ at, line: candidate.candidate ?? '', url })
    return ''
  }

  #called({ call, method, args }: FactOf<'called'>, at: Moment): string {
    const shown = { arguments: args }
    if (method === 'addIceCandidate') return this.#remoteCandidate(args, at)
    return MOMENTARY_CALLS.has(method)
      ? this.#events.moment(method, at, shown, method === 'restartIce' ? 'p' : 't')
      : this.#events.begin(`call ${call}`, method, 'call', at, shown)
  }

  #remoteCandidate(args: unknown, at: Moment): string {
    const [init]: unknown[] = Array.isArray(args) ? args : []
    const line =
      typeof init === 'object' && init !== null && 'candidate' in init ? String(init.candidate) : ''
    return this.#events.moment(
      `remote candidate ${parseCandidate(line)?.type ?? ''}`.trim(),
      at,
      describe(line),
    )
  }

  #state({ state, value }: FactOf<'state'>, at: Moment): string {
    switch (state) {
      case 'signalingState':
        if (value === 'stable') this.#agreed = at
        return this.#events.moment(`signaling ${value}`, at)
      case 'iceGatheringState':
        return value === 'gathering'
          ? this.#events.begin(state, 'gathering candidates', 'ice', at)
          : this.#events.end(state, at)
      case 'connectionState':
        return value === 'connecting'
          ? this.#events.begin(state, 'connecting', 'connection', at)
          : this.#events.end(state, at, { to: value })
      case 'iceConnectionState':
        return this.#iceConnectionState(value, at)
      default:
        return state satisfies never
    }
  }

  #iceConnectionState(value: string, at: Moment): string {
    const state = 'iceConnectionState'
    const checks = (from: Moment) => this.#events.begin(state, 'ICE checks', 'ice', from)
    // On a short path the stack is done before it has said that it checks.
    const unsaid = value === 'connected' && !this.#hasChecked ? checks(this.#agreed ?? at) : ''
    this.#hasChecked ||= value === 'checking' || value === 'connected'
    const ended = unsaid + this.#events.end(state, at, { to: value })
    if (value === 'checking') return ended + checks(at)
    if (value === 'disconnected') return ended + this.#events.begin(state, 'ICE disconnected', 'ice', at)
    // DTLS begins when ICE has a pair, SCTP when DTLS is done; the first channel opens at once after both.
    const starts = value === 'connected' && !this.#hasOpenChannel
    return starts ? ended + this.#events.begin(DTLS, 'DTLS and SCTP', 'transport', at) : ended
  }

  #channel({ label, protocol, state }: FactOf<'data-channel'>, at: Moment): string {
    const key = `channel ${label}`
    if (state === 'announced') return this.#events.moment(`channel ${label} announced`, at, { protocol })
    if (state === 'closed') return this.#events.end(key, at)
    this.#hasOpenChannel = true
    return (
      this.#events.end(DTLS, at) + this.#events.begin(key, `channel ${label}`, 'channel', at, { protocol })
    )
  }

  #stats(report: readonly RawStats[], at: Moment): string {
    const index = indexStats(report)
    const pairs = index.ofType('candidate-pair').map((pair) => {
      const state = readString(pair, 'state') ?? ''
      if (this.#pairStates.get(pair.id) === state) return ''
      this.#pairStates.set(pair.id, state)
      return this.#events.moment(`candidate pair ${state}`, at, this.#describePair(pair, index))
    })
    const selected = index.ofType('transport').map((transport) => {
      const id = readString(transport, 'selectedCandidatePairId')
      if (id === null || id === this.#selectedPairId) return ''
      this.#selectedPairId = id
      return this.#events.moment(
        'selected candidate pair',
        at,
        this.#describePair(index.byId(id), index),
        'p',
      )
    })
    return [this.#release(index.ofType('local-candidate')), ...pairs, ...selected].join('')
  }

  #describePair(pair: RawStats | undefined, index: StatsIndex) {
    const side = (field: string) => {
      const candidate = index.byId(readString(pair, field))
      const parts = ['candidateType', 'protocol', 'address', 'port', 'relayProtocol', 'url'] as const
      return parts
        .flatMap((part) => readString(candidate, part) ?? readNumber(candidate, part) ?? [])
        .join(' ')
    }
    return {
      local: side('localCandidateId'),
      remote: side('remoteCandidateId'),
      requestsSent: readNumber(pair, 'requestsSent'),
      responsesReceived: readNumber(pair, 'responsesReceived'),
      currentRoundTripTime: readNumber(pair, 'currentRoundTripTime'),
    }
  }

  /** Draws the candidates that were held back, with the server each is from where the report has it. */
  #release(candidates: readonly RawStats[]): string {
    const held = this.#held
    this.#held = []
    return held
      .map(({ at, line, url }) => {
        const candidate = parseCandidate(line)
        const same = candidates.find(
          (stats) =>
            readNumber(stats, 'port') === candidate?.port &&
            readString(stats, 'candidateType') === candidate?.type &&
            readString(stats, 'protocol') === candidate?.protocol,
        )
        const server = url ?? readString(same, 'url')
        return this.#events.moment(`candidate ${candidate?.type ?? ''}`.trim(), at, {
          ...describe(line),
          server,
        })
      })
      .join('')
  }
}

function describe(line: string): Record<string, unknown> {
  const candidate = parseCandidate(line)
  if (candidate === undefined) return { line }
  const { type, protocol, address, port, relatedAddress, relatedPort, priority } = candidate
  return { type, protocol, address, port, relatedAddress, relatedPort, priority }
}
