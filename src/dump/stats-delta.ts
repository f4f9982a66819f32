import type { RawStats } from '../session/ports.js'

type Fields = Record<string, unknown>

/** What changed from one report to the next, as rtcstats writes it. */
export type StatsDelta = Record<string, Fields | number | null>

/** The key of the time that most dictionaries of a sample share. */
const SHARED_TIMESTAMP = 't'

/**
 * Makes each report of one connection smaller by what the one before had already: unchanged fields are left out, the
 * newest timestamp stands once at the top. A reader keeps what it is not told about, so a dictionary that is gone is
 * null once. A field that is gone keeps its last value: the format has no word for it, and readers take a null for an
 * object with nothing in it once the field is back.
 */
export class StatsDeltas {
  #before = new Map<string, RawStats>()

  next(report: readonly RawStats[]): StatsDelta {
    const delta: StatsDelta = {}
    const current = new Map(report.map((stats) => [stats.id, stats]))
    const newestMs = Math.max(...report.map(({ timestamp }) => timestamp))
    for (const [id, stats] of current) {
      const changes = changedFields(this.#before.get(id), stats, newestMs)
      // A new dictionary is told of even if it has no field, or nobody would know it.
      if (Object.keys(changes).length > 0 || !this.#before.has(id)) delta[id] = changes
    }
    for (const id of this.#before.keys()) if (!current.has(id)) delta[id] = null
    if (report.length > 0) delta[SHARED_TIMESTAMP] = newestMs
    this.#before = current
    return delta
  }
}

function changedFields(before: RawStats | undefined, stats: RawStats, newestMs: number): Fields {
  const fields: Fields = {}
  for (const [name, value] of Object.entries(stats)) {
    if (name === 'id' || (name === 'timestamp' && value === newestMs)) continue
    // An older time is told each time: a dictionary without one gets the shared one.
    if (name === 'timestamp' || !isSame(before?.[name], value)) fields[name] = value
  }
  return fields
}

function isSame(before: unknown, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return before === value
  return JSON.stringify(before) === JSON.stringify(value)
}
