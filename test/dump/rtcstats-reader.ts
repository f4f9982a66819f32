import * as v from 'valibot'

/** What readers of rtcstats know by name; everything else begins with `:`. */
const KNOWN =
  /^(create|close|getStats|(createOffer|createAnswer|setLocalDescription|setRemoteDescription|addIceCandidate)(OnSuccess|OnFailure)?|addTrack|createDataChannel|restartIce|onicecandidate|onicecandidateerror|ontrack|ondatachannel|onnegotiationneeded|on(signalingstate|iceconnectionstate|connectionstate|icegatheringstate)change)$/

const lineSchema = v.pipe(v.array(v.unknown()), v.minLength(4))
const statsSchema = v.record(v.string(), v.union([v.null(), v.number(), v.record(v.string(), v.unknown())]))

export type Report = Record<string, Record<string, unknown>>

export interface RtcstatsEvent {
  method: string
  connection: string | null
  /** Of getStats(): the whole report again. */
  value: unknown
  timeMs: number
}

/** Reads a dump of rtcstats file format 3 by the rules of its specification; throws where it breaks one. */
export function readRtcstats(text: string): { metadata: Record<string, unknown>; events: RtcstatsEvent[] } {
  const [magic, second = '', ...lines] = text.split('\n')
  if (magic !== 'RTCStatsDump') throw new Error(`it begins with ${magic}`)
  const metadata = v.parse(v.record(v.string(), v.unknown()), JSON.parse(second))
  if (metadata['fileFormat'] !== 3) throw new Error('fileFormat is not 3')
  if (lines.pop() !== '') throw new Error('the last line is unfinished')
  const reports = new Map<string, Report>()
  let timeMs = 0
  const events = lines.map((line): RtcstatsEvent => {
    const [method, connection, value, ...extra] = v.parse(lineSchema, JSON.parse(line))
    if (typeof method !== 'string' || !(KNOWN.test(method) || method.startsWith(':')))
      throw new Error(`method ${String(method)}`)
    if (typeof connection !== 'string' && connection !== null) throw new Error(`connection of ${line}`)
    const delta = extra.at(-1)
    if (typeof delta !== 'number' || !Number.isFinite(delta)) throw new Error(`no time in ${line}`)
    timeMs += delta
    if (connection !== null) follow(method, connection)
    const isStats = method === 'getStats' && connection !== null
    return { method, connection, value: isStats ? restore(connection, value) : value, timeMs }
  })

  function follow(method: string, connection: string): void {
    if (method === 'create') reports.set(connection, {})
    if (!reports.has(connection)) throw new Error(`${method} of ${connection} before its create`)
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
      report[id] = { ...before[id], timestamp: t, ...changes }
    }
    reports.set(connection, report)
    return report
  }
  return { metadata, events }
}
