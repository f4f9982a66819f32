import type { RawStats } from '../session/ports.js'

/** As many as chrome://webrtc-internals keeps of a property. */
const MAX_SAMPLES = 1000

/** One dictionary through time. Every series is as long as the times, because readers differ in where a shorter one belongs. */
export interface StatsColumn {
  type: string
  /** Milliseconds since the epoch. */
  timestamps: number[]
  /** null where the dictionary had no such field. */
  fields: Map<string, unknown[]>
}

/**
 * The samples of one connection turned into series, by the id of the dictionary. It holds a bounded number of
 * samples: above that every second one goes, so that the rest covers the whole run evenly, and the newest is always
 * there.
 */
export class StatsColumns {
  readonly columns = new Map<string, StatsColumn>()
  /** The samples that are held, by number; which of them a column has is in its own list. */
  readonly #samplesOf = new Map<StatsColumn, number[]>()
  #held: number[] = []
  #next = 0
  #stride = 1

  add(report: readonly RawStats[]): void {
    const last = this.#held.at(-1)
    // What was the newest stays only where it is on the grid.
    if (last !== undefined && last % this.#stride !== 0) this.#keep((sample) => sample !== last)
    for (const stats of report) this.#append(stats)
    this.#held.push(this.#next++)
    if (this.#held.length <= MAX_SAMPLES) return
    this.#stride *= 2
    const newest = this.#next - 1
    this.#keep((sample) => sample === newest || sample % this.#stride === 0)
  }

  #append(stats: RawStats): void {
    const column = this.columns.get(stats.id) ?? newColumn(stats.type)
    this.columns.set(stats.id, column)
    const samples = this.#samplesOf.get(column) ?? []
    this.#samplesOf.set(column, samples)
    samples.push(this.#next)
    const before = column.timestamps.push(stats.timestamp) - 1
    for (const [name, value] of Object.entries(stats)) {
      if (name === 'id' || name === 'type' || name === 'timestamp') continue
      const values = column.fields.get(name) ?? Array.from({ length: before }, () => null)
      column.fields.set(name, values)
      values.push(value)
    }
    for (const values of column.fields.values()) if (values.length === before) values.push(null)
  }

  #keep(isKept: (sample: number) => boolean): void {
    this.#held = this.#held.filter(isKept)
    for (const [column, samples] of this.#samplesOf) {
      const isRowKept = (_value: unknown, index: number) => isKept(samples[index] ?? -1)
      column.timestamps = column.timestamps.filter(isRowKept)
      for (const [name, values] of column.fields) column.fields.set(name, values.filter(isRowKept))
      this.#samplesOf.set(column, samples.filter(isKept))
    }
  }
}

function newColumn(type: string): StatsColumn {
  return { type, timestamps: [], fields: new Map() }
}
