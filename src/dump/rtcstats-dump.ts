import type { JournalEntry } from '../session/journal.js'
import { StatsDeltas } from './stats-delta.js'

/** Methods and events that readers of rtcstats know; everything else is a custom event, whose name begins with `:`. */
const KNOWN_METHODS = new Set([
  'createOffer',
  'createAnswer',
  'setLocalDescription',
  'setRemoteDescription',
  'addIceCandidate',
  'addTrack',
  'addTransceiver',
  'removeTrack',
  'createDataChannel',
  'restartIce',
  'setConfiguration',
  'setCodecPreferences',
  'setParameters',
  'replaceTrack',
])

/** A thousandth of a millisecond is what the clock has. */
const TIME_STEPS_PER_MS = 1000

export interface DumpOrigin {
  /** `webrtc-cli 1.2.3 (linux x64)` */
  userAgent: string
  /** `1.2.3` */
  version: string
  hardwareConcurrency: number
  /** What was run: `webrtc-cli offer`. Nothing that was typed beside it. */
  url: string
  startTimeMs: number
}

/**
 * Writes a journal as a dump of rtcstats, file format 3: a line a fact, each with the time since the line before, and
 * getStats() as what changed. Each text returned is whole lines, so a file that ends after any of them is valid.
 * Source: "RTCStats dump file format" in the README of rtcstats-server.
 */
export class RtcstatsDump {
  readonly #deltas = new Map<number, StatsDeltas>()
  /** The sum of what was written, so that rounding does not add up. */
  #writtenTime = 0

  /** Ends with what the run is on: feature extractors look for the `create` of the client before that of a connection. */
  header({ userAgent, url, startTimeMs, hardwareConcurrency }: DumpOrigin): string {
    const metadata = { fileFormat: 3, userAgent, url, origin: url, startTime: startTimeMs }
    const head = JSON.stringify({ ...metadata, clientProtocol: 'webrtc-cli' })
    return `RTCStatsDump\n${head}\n${this.#line(['create', { hardwareConcurrency }], null, startTimeMs)}`
  }

  /** A fact of a connection. */
  entry(entry: JournalEntry): string {
    return this.#facts(entry)
      .map((fact) => this.#line(fact, connectionId(entry.connection), entry.timeMs))
      .join('')
  }

  /** Something of the run that is no fact of a connection; `name` without its colon. */
  note(name: string, value: unknown, timeMs: number): string {
    return this.#line([`:${name}`, value], null, timeMs)
  }

  #line([method, value, ...extra]: Fact, connection: string | null, timeMs: number): string {
    const time = Math.round(timeMs * TIME_STEPS_PER_MS)
    const delta = (time - this.#writtenTime) / TIME_STEPS_PER_MS
    this.#writtenTime = time
    return `${JSON.stringify([method, connection, value ?? null, ...extra, delta])}\n`
  }

  #facts(entry: JournalEntry): Fact[] {
    switch (entry.what) {
      case 'created': {
        const named: Fact[] = entry.name === null ? [] : [[':name', entry.name]]
        return [['create', entry.configuration], ...named]
      }
      case 'called':
        return [callFact(entry)]
      case 'succeeded':
        return [[`${settledName(entry.method)}OnSuccess`, entry.result, correlation(entry)]]
      case 'failed':
        return [[`${settledName(entry.method)}OnFailure`, entry.message, correlation(entry)]]
      case 'state':
        return [[`on${entry.state.toLowerCase()}change`, entry.value]]
      case 'candidate':
        return [
          [
            'onicecandidate',
            entry.candidate && { ...entry.candidate, ...(entry.url === null ? {} : { url: entry.url }) },
          ],
        ]
      case 'candidate-error': {
        const { url, errorCode, errorText } = entry
        return [['onicecandidateerror', { url, errorCode, errorText }]]
      }
      case 'negotiation-needed':
        return [['onnegotiationneeded', null]]
      case 'data-channel':
        return [channelFact(entry)]
      case 'first-message':
        return [[':first-message', { label: entry.label }]]
      case 'track':
        return [['ontrack', [entry.kind, entry.id, entry.id]]]
      case 'first-frame':
        return [[':first-frame', { kind: entry.kind, id: entry.id }]]
      case 'stats':
        return [['getStats', this.#deltasOf(entry.connection).next(entry.report)]]
      case 'closed':
        return [['close', null]]
      default:
        return entry satisfies never
    }
  }

  #deltasOf(connection: number): StatsDeltas {
    const known = this.#deltas.get(connection) ?? new StatsDeltas()
    this.#deltas.set(connection, known)
    return known
  }
}

/** Method, value, and what may stand between the value and the time. */
type Fact = [method: string, value: unknown, ...extra: unknown[]]

type FactOf<What extends JournalEntry['what']> = Extract<JournalEntry, { what: What }>

/** How a reader knows the connection. */
export function connectionId(connection: number): string {
  return `PC_${connection}`
}

function callFact(entry: FactOf<'called'>): Fact {
  const { method, args } = entry
  const [first, ...rest]: unknown[] = Array.isArray(args) ? args : []
  switch (method) {
    case 'rollback':
      return ['setLocalDescription', { type: 'rollback', sdp: '' }, correlation(entry)]
    case 'addTrack':
      return ['addTrack', trackValue(first)]
    case 'createDataChannel':
      return ['createDataChannel', [first, ...rest]]
    case 'setParameters':
      // What ties it to its sender stands where other calls have what ties them to their result.
      return ['setParameters', [first], trackId(rest[0])]
    default:
      return [methodName(method), rest.length === 0 ? first : [first, ...rest], correlation(entry)]
  }
}

/** Kind, id and label of a track, as rtcstats has them; its streams would follow, and none is ever named. */
function trackValue(track: unknown): unknown {
  if (typeof track !== 'object' || track === null) return track
  const { kind = '', id = '', label = '' }: { kind?: unknown; id?: unknown; label?: unknown } = track
  return [kind, id, label]
}

function trackId(track: unknown): unknown {
  return typeof track === 'object' && track !== null && 'id' in track ? track.id : null
}

function channelFact({ label, protocol, state }: FactOf<'data-channel'>): Fact {
  return state === 'announced'
    ? ['ondatachannel', [null, label]]
    : [`:datachannel-${state}`, { label, protocol }]
}

function methodName(method: string): string {
  if (method === 'rollback') return 'setLocalDescription'
  return KNOWN_METHODS.has(method) ? method : `:${method}`
}

/** That of a sender has no result among those that readers know. */
function settledName(method: string): string {
  return method === 'setParameters' ? `:${method}` : methodName(method)
}

/** What ties a result to its call. */
function correlation({ method, call }: { method: string; call: number }): string {
  return `${method}-${call}`
}
