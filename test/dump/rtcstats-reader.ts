import * as v from 'valibot'

/** What readers of rtcstats know by name; everything else begins with `:`. */
const KNOWN =
  /^(create|close|getStats|(createOffer|createAnswer|setLocalDescription|setRemoteDescription|addIceCandidate)(OnSuccess|OnFailure)?|addTrack|createDataChannel|restartIce|setParameters|onicecandidate|onicecandidateerror|ontrack|ondatachannel|onnegotiationneeded|on(signalingstate|iceconnectionstate|connectionstate|icegatheringstate)change)$/

const lineSchema = v.pipe(v.array(v.unknown()), v.minLength(4))
/** Short names of fields are numbers, and `t` at the top is the time: a field of either name would be read as another. */
const fieldsSchema = v.record(v.pipe(v.string(), v.regex(/^(?!\d+$|t$)/)), v.unknown())
const statsSchema = v.record(v.string(), v.union([v.null(), v.number(), fieldsSchema]))
const descriptionSchema = v.object({ type: v.string(), sdp: v.string() })
const trackSchema = v.pipe(v.array(v.string()), v.minLength(3))

/** Values that readers take apart; a description of null, as of an implicit setLocalDescription(), is allowed. */
const VALUES: Record<string, v.GenericSchema> = {
  createOfferOnSuccess: descriptionSchema,
  createAnswerOnSuccess: descriptionSchema,
  setLocalDescription: v.nullable(descriptionSchema),
  setRemoteDescription: descriptionSchema,
  addTrack: trackSchema,
  ontrack: trackSchema,
  onicecandidate: v.nullable(v.looseObject({ candidate: v.string() })),
  addIceCandidate: v.nullable(v.looseObject({ candidate: v.string() })),
}

export type Report = Record<string, Record<string, unknown>>

export interface RtcstatsEvent {
  method: string
  connection: string | null
  /** Of getStats(): the whole report again. */
  value: unknown
  /** What stands between the value and the time: what ties a result to its call. */
  extra: unknown[]
  timeMs: number
}

export interface RtcstatsTrack {
  kind: string
  id: string
  direction: 'inbound' | 'outbound'
  /** The stream in the reports that is the track's. */
  statsId: string | undefined
}

/**
 * Reads a dump of rtcstats file format 3 by the rules of its specification and of its own importer (rtcstats-shared:
 * dump, compression, timeseries) and feature extractor; throws where it breaks one.
 */
export function readRtcstats(text: string): { metadata: Record<string, unknown>; events: RtcstatsEvent[] } {
  const [magic, second = '', ...lines] = text.split('\n')
  if (magic !== 'RTCStatsDump') throw new Error(`it begins with ${magic}`)
  const metadata = v.parse(v.record(v.string(), v.unknown()), JSON.parse(second))
  if (metadata['fileFormat'] !== 3) throw new Error('fileFormat is not 3')
  if (lines.pop() !== '') throw new Error('the last line is unfinished')
  const reports = new Map<string, Report>()
  const calls = new Map<unknown, string>()
  let timeMs = 0
  const events = lines.map((line, index): RtcstatsEvent => {
    const [method, connection, value, ...extra] = v.parse(lineSchema, JSON.parse(line))
    if (typeof method !== 'string' || !(KNOWN.test(method) || method.startsWith(':')))
      throw new Error(`method ${String(method)}`)
    if (typeof connection !== 'string' && connection !== null) throw new Error(`connection of ${line}`)
    if (index === 0 && !(method === 'create' && connection === null))
      throw new Error('no create of the client')
    const delta = extra.pop()
    if (typeof delta !== 'number' || !Number.isFinite(delta)) throw new Error(`no time in ${line}`)
    timeMs += delta
    if (connection !== null) follow(method, connection, extra[0])
    if (VALUES[method]) v.parse(VALUES[method], value)
    const isStats = method === 'getStats' && connection !== null
    return { method, connection, value: isStats ? restore(connection, value) : value, extra, timeMs }
  })

  function follow(method: string, connection: string, correlation: unknown): void {
    if (method === 'create') reports.set(connection, {})
    if (!reports.has(connection)) throw new Error(`${method} of ${connection} before its create`)
    const result = /^(set\w+Description|create(?:Offer|Answer)|addIceCandidate)(On\w+)?$/.exec(method)
    if (result === null) return
    if (result[2] === undefined) calls.set(`${connection} ${String(correlation)}`, method)
    else if (calls.get(`${connection} ${String(correlation)}`) !== result[1])
      throw new Error(`${method} without its call`)
  }

  /** The report from what changed: nothing said of a dictionary or a field means the same again. */
  function restore(connection: string, value: unknown): Report {
    const { t, ...delta } = v.parse(statsSchema, value)
    const before = reports.get(connection) ?? {}
    const report: Report = {}
    for (const id of new Set([...Object.keys(before), ...Object.keys(delta)])) {
      const changes = delta[id]
      if (changes === null) continue
      if (typeof changes === 'number') throw new Error(`${id} is a number`)
      report[id] = { ...merge(before[id] ?? {}, changes ?? {}), timestamp: changes?.['timestamp'] ?? t }
      if (typeof report[id]['type'] !== 'string') throw new Error(`${id} has no type`)
    }
    reports.set(connection, report)
    return report
  }
  return { metadata, events }
}

/** As readers do it: an object in an object is merged, and what was null before counts as an object too. */
function merge(before: Record<string, unknown>, changes: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...before, ...changes }
  for (const [name, old] of Object.entries(before)) {
    const isMerged = typeof old === 'object' && changes[name] !== undefined && !Array.isArray(changes[name])
    if (isMerged) merged[name] = { ...old, ...Object(changes[name]) }
  }
  return merged
}

/** The tracks of a connection with their streams, found as the feature extractor finds them. */
export function tracksOf(events: readonly RtcstatsEvent[]): RtcstatsTrack[] {
  const tracks: RtcstatsTrack[] = []
  for (const { method, value } of events) {
    if (method === 'addTrack' || method === 'ontrack') {
      const [kind = '', id = ''] = v.parse(trackSchema, value)
      tracks.push({ kind, id, direction: method === 'ontrack' ? 'inbound' : 'outbound', statsId: undefined })
    } else if (method === 'getStats') {
      findStreams(tracks, v.parse(v.record(v.string(), fieldsSchema), value))
    }
  }
  return tracks
}

function findStreams(tracks: RtcstatsTrack[], report: Report): void {
  for (const [id, stats] of Object.entries(report)) {
    const isInbound = stats['type'] === 'inbound-rtp'
    if (!isInbound && stats['type'] !== 'outbound-rtp') continue
    const named = isInbound ? stats : report[String(stats['mediaSourceId'])]
    const track = tracks.find((known) => known.id === named?.['trackIdentifier'])
    if (track) track.statsId ??= id
  }
}
