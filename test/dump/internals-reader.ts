import * as v from 'valibot'

const jsonText = v.pipe(
  v.string(),
  v.check((text) => isJson(text), 'is no JSON'),
)

const updateSchema = v.object({
  time: v.pipe(v.string(), v.isoTimestamp()),
  timestamp: v.number(),
  type: v.pipe(v.string(), v.minLength(1)),
  // Readers call `startsWith` on it, and the anonymizer parses it.
  value: v.union([v.literal(''), jsonText]),
})

const seriesSchema = v.object({
  startTime: v.pipe(v.string(), v.isoTimestamp()),
  endTime: v.pipe(v.string(), v.isoTimestamp()),
  statsType: v.string(),
  values: jsonText,
})

const dumpSchema = v.object({
  getUserMedia: v.array(v.unknown()),
  UserAgent: v.string(),
  timestamp: v.number(),
  hardwareConcurrency: v.number(),
  UserAgentData: v.pipe(v.array(v.object({ brand: v.string(), version: v.string() })), v.length(3)),
  PeerConnections: v.record(
    v.pipe(v.string(), v.regex(/^\d+-\d+$/)),
    v.object({
      pid: v.number(),
      rid: v.number(),
      url: v.string(),
      rtcConfiguration: jsonText,
      constraints: v.string(),
      updateLog: v.array(updateSchema),
      stats: v.record(v.string(), seriesSchema),
    }),
  ),
})

export type InternalsPoint = [timeMs: number, value: unknown]

export interface InternalsConnection {
  url: string
  updates: { type: string; value: string; timestamp: number }[]
  /** By dictionary and field. */
  series: Map<string, { type: string; timestamps: number[]; fields: Map<string, InternalsPoint[]> }>
}

/**
 * Reads a dump of chrome://webrtc-internals by the rules of its importers (rtcstats-shared and dump-importer, the older
 * webrtc-dump-importer, the anonymizer); throws where it breaks one.
 */
export function readInternals(text: string): Map<string, InternalsConnection> {
  if (!text.startsWith('{')) throw new Error('importers look at the first byte')
  const { PeerConnections } = v.parse(dumpSchema, JSON.parse(text))
  return new Map(
    Object.entries(PeerConnections).map(([id, { url, updateLog, stats }]) => {
      for (const update of updateLog) checkUpdate(update)
      return [id, { url, updates: updateLog, series: readSeries(stats) }]
    }),
  )
}

function checkUpdate({ type, value }: v.InferOutput<typeof updateSchema>): void {
  const isDescription = /Description$|create(Offer|Answer)OnSuccess$/.test(type) && value !== ''
  if (isDescription && !value.startsWith('{"type":')) throw new Error(`${type}: ${value.slice(0, 40)}`)
  const isCandidate = (type === 'icecandidate' || type === 'addIceCandidate') && value !== ''
  // The older importer throws where there is no third part, and skips as many characters as `"candidate"` has.
  if (isCandidate && value.split(', ')[2]?.startsWith('"candidate":"candidate:') !== true)
    throw new Error(`${type}: ${value}`)
}

function readSeries(
  stats: Record<string, v.InferOutput<typeof seriesSchema>>,
): InternalsConnection['series'] {
  const series: InternalsConnection['series'] = new Map()
  for (const [key, { statsType, values, startTime, endTime }] of Object.entries(stats)) {
    // The last `-` separates, ids have some of their own; a `[` would make it a figure that was worked out.
    if (key.includes('[')) throw new Error(`${key} is taken for a derived figure`)
    const id = key.slice(0, key.lastIndexOf('-'))
    const field = key.slice(key.lastIndexOf('-') + 1)
    const times = stats[`${id}-timestamp`]
    if (times === undefined) throw new Error(`${id} has no times`)
    const timestamps = v.parse(v.array(v.number()), JSON.parse(times.values))
    const column = series.get(id) ?? { type: statsType, timestamps, fields: new Map() }
    series.set(id, column)
    const list = v.parse(v.pipe(v.array(v.unknown()), v.minLength(1)), JSON.parse(values))
    // Counted from the end; a series that begins with null is not drawn.
    const offset = timestamps.length - list.length
    if (offset < 0 || list[0] === null)
      throw new Error(`${key} begins before its dictionary, or with nothing`)
    const points = list.map((value, index): InternalsPoint => [timestamps[index + offset] ?? NaN, value])
    const span = [points.at(0), points.at(-1)].map((point) => Math.trunc(point?.[0] ?? NaN))
    if (span.join() !== [Date.parse(startTime), Date.parse(endTime)].join()) throw new Error(`span of ${key}`)
    // The anonymizer takes each for a text.
    if (/^(address|ip|relatedAddress)$/.test(field)) v.parse(v.array(v.string()), list)
    if (field !== 'timestamp') column.fields.set(field, points)
  }
  return series
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
