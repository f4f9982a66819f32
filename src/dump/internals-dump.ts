import type { JournalEntry } from '../session/journal.js'
import type { DumpOrigin } from './rtcstats-dump.js'
import { StatsColumns, type StatsColumn } from './stats-columns.js'

/** A run that restarts ICE every minute has a few thousand in a day; what is beyond is counted, not kept. */
const MAX_UPDATES = 10_000

/** Where a browser has the ids of its processes. */
const PROCESS = { pid: 1, rid: 1 } as const

interface Update {
  time: string
  timestamp: number
  type: string
  /** Always text: JSON of the value, as Chromium writes it since M142, or nothing. */
  value: string
}

interface ConnectionRecord {
  name: string | null
  configuration: unknown
  updates: Update[]
  leftOut: number
  stats: StatsColumns
}

/**
 * Collects a journal for a dump in the format of chrome://webrtc-internals. That format is one JSON document with a
 * series for each property, so it is held in memory, of which it takes a bounded amount whatever the run's length.
 */
export class InternalsDump {
  readonly #connections = new Map<number, ConnectionRecord>()
  readonly #origin: DumpOrigin

  constructor(origin: DumpOrigin) {
    this.#origin = origin
  }

  add(entry: JournalEntry): void {
    const record = this.#record(entry.connection)
    if (entry.what === 'created') {
      record.name = entry.name
      record.configuration = entry.configuration
    } else if (entry.what === 'stats') {
      record.stats.add(entry.report)
    } else {
      addUpdate(record, entry)
    }
  }

  /** The document as it is now, in pieces: a long one is larger than a string should be. */
  *document(): Generator<string> {
    const { userAgent, version, startTimeMs, hardwareConcurrency } = this.#origin
    const head = {
      getUserMedia: [],
      UserAgent: userAgent,
      // Readers take the third for what made the dump.
      UserAgentData: [
        { brand: 'Not.A/Brand', version: '0' },
        { brand: 'libwebrtc', version: '106' },
        { brand: 'webrtc-cli', version },
      ],
      timestamp: startTimeMs,
      hardwareConcurrency,
    }
    yield `${JSON.stringify(head).slice(0, -1)},"PeerConnections":{`
    let separator = ''
    for (const [connection, record] of this.#connections) {
      yield `${separator}\n"${PROCESS.rid}-${connection}":`
      yield* this.#connection(record)
      separator = ','
    }
    yield '}}\n'
  }

  *#connection({ name, configuration, updates, leftOut, stats }: ConnectionRecord): Generator<string> {
    const { url } = this.#origin
    const head = {
      ...PROCESS,
      url: name === null ? url : `${url} (${name})`,
      rtcConfiguration: JSON.stringify(configuration),
      constraints: '',
      updateLog: leftOut === 0 ? updates : [...updates, leftOutUpdate(updates, leftOut)],
    }
    yield `${JSON.stringify(head).slice(0, -1)},"stats":{`
    let separator = ''
    for (const [id, column] of stats.columns) {
      yield `${separator}${seriesOf(id, column)}`
      separator = ','
    }
    yield '}}'
  }

  #record(connection: number): ConnectionRecord {
    const known = this.#connections.get(connection)
    if (known !== undefined) return known
    const record = { name: null, configuration: {}, updates: [], leftOut: 0, stats: new StatsColumns() }
    this.#connections.set(connection, record)
    return record
  }
}

function addUpdate(record: ConnectionRecord, entry: JournalEntry): void {
  if (record.updates.length >= MAX_UPDATES) {
    record.leftOut++
    return
  }
  const [type, value] = updateOf(entry)
  const time = new Date(entry.timeMs).toISOString()
  record.updates.push({
    time,
    timestamp: entry.timeMs,
    type,
    value: value === undefined ? '' : CANDIDATES.has(type) ? candidateText(value) : JSON.stringify(value),
  })
}

const CANDIDATES: ReadonlySet<string> = new Set(['icecandidate', 'addIceCandidate'])

/** JSON in which older importers, who split at `, `, find the candidate third, as it stood before Chromium M142. */
function candidateText(value: unknown): string {
  const { sdpMid = null, sdpMLineIndex = null, candidate = '', ...others } = Object(value)
  const fields = Object.entries({ sdpMid, sdpMLineIndex, candidate, ...others })
  const texts = fields.flatMap(([name, field]) =>
    field === undefined ? [] : [`"${name}":${JSON.stringify(field)}`],
  )
  return `{${texts.join(', ')}}`
}

function leftOutUpdate(updates: readonly Update[], count: number): Update {
  const { time = '', timestamp = 0 } = updates.at(-1) ?? {}
  return { time, timestamp, type: 'leftOut', value: JSON.stringify({ count }) }
}

/** Names as in Chromium; a value that is an object has to be one of `{...}`, which readers look at. */
function updateOf(entry: JournalEntry): [type: string, value?: unknown] {
  switch (entry.what) {
    case 'called':
      return [methodName(entry.method), callValue(entry)]
    case 'succeeded':
      return [`${methodName(entry.method)}OnSuccess`, entry.result ?? undefined]
    case 'failed':
      return [`${methodName(entry.method)}OnFailure`, entry.message]
    case 'state':
      return [`${entry.state.toLowerCase()}change`, entry.value]
    case 'candidate':
      return [
        'icecandidate',
        entry.candidate ? { ...entry.candidate, url: entry.url ?? undefined } : undefined,
      ]
    case 'candidate-error': {
      const { url, errorCode, errorText } = entry
      return ['icecandidateerror', { url, errorCode, errorText }]
    }
    case 'negotiation-needed':
      return ['negotiationneeded']
    case 'data-channel':
      return [
        entry.state === 'announced' ? 'datachannel' : `datachannel ${entry.state}`,
        { label: entry.label, protocol: entry.protocol },
      ]
    case 'first-message':
      return ['first message', { label: entry.label }]
    case 'track':
    case 'first-frame':
      return [entry.what === 'track' ? 'track' : 'first frame', { kind: entry.kind, id: entry.id }]
    case 'closed':
      return ['close']
    case 'created':
    case 'stats':
      return [entry.what]
    default:
      return entry satisfies never
  }
}

function methodName(method: string): string {
  return method === 'rollback' ? 'setLocalDescription' : method
}

function callValue({ method, args }: Extract<JournalEntry, { what: 'called' }>): unknown {
  if (method === 'rollback') return { type: 'rollback', sdp: '' }
  const list: readonly unknown[] = Array.isArray(args) ? args : []
  if (list.length === 0) return undefined
  if (method === 'createDataChannel') return { label: list[0], ...Object(list[1]) }
  if (method === 'setParameters') return { ...Object(list[0]), track: list[1] }
  return list.length === 1 ? list[0] : { arguments: list }
}

/**
 * `"ID-FIELD":{...}` of each field, and of the times, without which readers drop the connection. A field begins with
 * its first value: readers count from the end, and draw nothing of a series that begins with null.
 */
function seriesOf(id: string, { type, timestamps, fields }: StatsColumn): string {
  const series = (name: string, values: unknown[], timesMs: readonly number[]) => {
    const span = { startTime: isoTime(timesMs.at(0)), endTime: isoTime(timesMs.at(-1)) }
    const text = JSON.stringify({ ...span, statsType: type, values: JSON.stringify(values) })
    return `${JSON.stringify(`${id}-${name}`)}:${text}`
  }
  const all = [series('timestamp', timestamps, timestamps)]
  for (const [name, values] of fields) {
    const first = values.findIndex((value) => value !== null)
    if (first !== -1) all.push(series(name, values.slice(first), timestamps.slice(first)))
  }
  return all.join(',')
}

function isoTime(timeMs = 0): string {
  return new Date(timeMs).toISOString()
}
