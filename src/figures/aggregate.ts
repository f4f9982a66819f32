/** What the samples of a run are reduced to; a figure has one of them unless the expression names another. */
export const AGGREGATES = [
  'last',
  'first',
  'min',
  'max',
  'mean',
  'p50',
  'p90',
  'p95',
  'p99',
  'sum',
  'count',
] as const
export type Aggregate = (typeof AGGREGATES)[number]

/** Aggregates of what cannot be added up. */
export const WORD_AGGREGATES: readonly Aggregate[] = ['last', 'first', 'count']

export function isAggregate(name: string): name is Aggregate {
  return AGGREGATES.some((aggregate) => aggregate === name)
}

/** Samples kept for a percentile: more than a day at one a second, in less than a megabyte. */
const MAX_KEPT = 100_000

/** One aggregate over samples that come one by one, in bounded memory. */
export interface Tally {
  add(value: number | string): void
  /** Null before the first sample. */
  readonly value: number | string | null
}

/** A tally of one aggregate. Percentiles are nearest-rank; beyond `maxKept` samples they are over every second one, then every fourth. */
export function createTally(aggregate: Aggregate, { maxKept = MAX_KEPT } = {}): Tally {
  switch (aggregate) {
    case 'last':
      return reduceAny((_kept, value) => value)
    case 'first':
      return reduceAny((kept) => kept)
    case 'min':
      return reduceNumbers(Math.min)
    case 'max':
      return reduceNumbers(Math.max)
    case 'sum':
      return reduceNumbers((sum, value) => sum + value)
    case 'count':
      return createCount()
    case 'mean':
      return createMean()
    case 'p50':
    case 'p90':
    case 'p95':
    case 'p99':
      return createPercentile(Number(aggregate.slice(1)) / 100, maxKept)
    default:
      return aggregate satisfies never
  }
}

function reduceAny(reduce: (kept: number | string, value: number | string) => number | string): Tally {
  let kept: number | string | null = null
  return {
    add(value) {
      kept = kept === null ? value : reduce(kept, value)
    },
    get value() {
      return kept
    },
  }
}

function reduceNumbers(reduce: (kept: number, value: number) => number): Tally {
  return reduceAny((kept, value) =>
    typeof kept === 'number' && typeof value === 'number' ? reduce(kept, value) : kept,
  )
}

function createCount(): Tally {
  let count = 0
  return {
    add() {
      count += 1
    },
    get value() {
      return count === 0 ? null : count
    },
  }
}

function createMean(): Tally {
  let sum = 0
  let count = 0
  return {
    add(value) {
      if (typeof value !== 'number') return
      sum += value
      count += 1
    },
    get value() {
      return count === 0 ? null : sum / count
    },
  }
}

function createPercentile(share: number, maxKept: number): Tally {
  let kept: number[] = []
  let stride = 1
  let seen = 0
  return {
    add(value) {
      if (typeof value !== 'number') return
      if (seen % stride === 0) kept.push(value)
      seen += 1
      if (kept.length < maxKept) return
      kept = kept.filter((_value, index) => index % 2 === 0)
      stride *= 2
    },
    get value() {
      const sorted = kept.toSorted((a, b) => a - b)
      // Nearest rank: the smallest sample that at least this share of all samples does not exceed.
      return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
    },
  }
}
