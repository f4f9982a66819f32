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

export interface InternalsConnection {
  url: string
  updates: { type: string; value: string; timestamp: number }[]
  /** By dictionary and field; every series of a dictionary is as long as its times. */
  series: Map<string, { type: string; timestamps: number[]; fields: Map<string, unknown[]> }>
}

/** Reads a dump of chrome://webrtc-internals as its importers do; throws where it breaks a rule of theirs. */
export function readInternals(text: string): Map<string, InternalsConnection> {
  if (!text.startsWith('{')) throw new Error('importers look at the first byte')
  const { PeerConnections } = v.parse(dumpSchema, JSON.parse(text))
  return new Map(
    Object.entries(PeerConnections).map(([id, { url, updateLog, stats }]) => {
      for (const { type, value } of updateLog) {
        const isDescription = /Description$|create(Offer|Answer)OnSuccess$/.test(type) && value !== ''
        if (isDescription && !value.startsWith('{"type":')) throw new Error(`${type}: ${value.slice(0, 40)}`)
      }
      return [id, { url, updates: updateLog, series: readSeries(stats) }]
    }),
  )
}

function readSeries(
  stats: Record<string, v.InferOutput<typeof seriesSchema>>,
): InternalsConnection['series'] {
  const series: InternalsConnection['series'] = new Map()
  for (const [key, { statsType, values }] of Object.entries(stats)) {
    // The last `-` separates; ids have some of their own.
    const id = key.slice(0, key.lastIndexOf('-'))
    const field = key.slice(key.lastIndexOf('-') + 1)
    const column = series.get(id) ?? { type: statsType, timestamps: [], fields: new Map() }
    series.set(id, column)
    const list = v.parse(v.array(v.unknown()), JSON.parse(values))
    if (field === 'timestamp') column.timestamps = v.parse(v.array(v.number()), list)
    else column.fields.set(field, list)
  }
  for (const [id, { timestamps, fields }] of series) {
    if (timestamps.length === 0) throw new Error(`${id} has no times`)
    for (const [field, list] of fields) {
      if (list.length !== timestamps.length) throw new Error(`${id}-${field} has not the length of its times`)
    }
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
