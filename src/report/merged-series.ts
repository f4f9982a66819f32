/** A plot is some 800 pixels wide. */
const MAX_POINTS = 1000

/** One line of a plot: for each point the mean of what it stands for, and the least and most of it. */
export interface Line {
  mean: (number | null)[]
  min: (number | null)[]
  max: (number | null)[]
}

interface Point {
  timeMs: number
  /** How many samples it stands for. */
  weight: number
  values: Map<string, PointValue>
}

interface PointValue {
  sum: number
  count: number
  min: number
  max: number
}

/**
 * Values over time in a bounded number of points: above it neighbours are merged, so that an hour takes no more room
 * than ten minutes, and what was worst is still seen.
 */
export class MergedSeries {
  readonly #names = new Set<string>()
  #points: Point[] = []
  #weight = 1

  add(timeMs: number, values: Readonly<Record<string, number | null | undefined>>): void {
    const point = { timeMs, weight: 1, values: new Map<string, PointValue>() }
    for (const [name, value] of Object.entries(values)) {
      this.#names.add(name)
      if (typeof value === 'number') point.values.set(name, { sum: value, count: 1, min: value, max: value })
    }
    const last = this.#points.at(-1)
    if (last !== undefined && last.weight < this.#weight) mergeInto(last, point)
    else this.#points.push(point)
    if (this.#points.length > MAX_POINTS) this.#halve()
  }

  get times(): number[] {
    return this.#points.map(({ timeMs }) => timeMs)
  }

  /** By name, in the order in which they were first named; those that never had a value are not there. */
  lines(): Map<string, Line> {
    const lines = new Map<string, Line>()
    for (const name of this.#names) {
      if (!this.#points.some(({ values }) => values.has(name))) continue
      const of = (read: (value: PointValue) => number) =>
        this.#points.map(({ values }) => {
          const value = values.get(name)
          return value === undefined ? null : significant(read(value))
        })
      lines.set(name, {
        mean: of(({ sum, count }) => sum / count),
        min: of(({ min }) => min),
        max: of(({ max }) => max),
      })
    }
    return lines
  }

  #halve(): void {
    this.#weight *= 2
    const halved: Point[] = []
    for (const point of this.#points) {
      const last = halved.at(-1)
      if (last !== undefined && last.weight < this.#weight) mergeInto(last, point)
      else halved.push(point)
    }
    this.#points = halved
  }
}

/** The point stays at its own time: that of the first sample it stands for. */
function mergeInto(point: Point, other: Point): void {
  point.weight += other.weight
  for (const [name, value] of other.values) {
    const known = point.values.get(name)
    point.values.set(
      name,
      known === undefined
        ? value
        : {
            sum: known.sum + value.sum,
            count: known.count + value.count,
            min: Math.min(known.min, value.min),
            max: Math.max(known.max, value.max),
          },
    )
  }
}

/** More digits than anybody reads would be most of the file. */
function significant(value: number): number {
  return Number(value.toPrecision(4))
}
