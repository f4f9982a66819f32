/** What the values of a run were like, in memory that does not grow with their number. */
export interface Distribution {
  readonly count: number
  readonly min: number | null
  readonly max: number | null
  readonly mean: number | null
  readonly last: number | null
  add(value: number): void
  /** The value that a share of 0 to 1 of all values does not exceed, within 1 %; null before the first. */
  quantile(share: number): number | null
}

/** The largest relative error of a quantile. */
const ACCURACY = 0.01
/** Each bucket reaches this much further than the one before (DDSketch, Masson et al., VLDB 2019). */
const GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
/** Smaller ones count as this; no figure is told apart below it. */
const SMALLEST = 1e-9
/** From SMALLEST to 1e15 at GAMMA; what lies beyond shares the last one. */
const BUCKETS = 2_800

/** Keeps values in buckets of 1 %: quantiles are that exact, everything else is exact. Negative values count as 0. */
export function createDistribution(): Distribution {
  const counts = new Map<number, number>()
  let zeros = 0
  let count = 0
  let sum = 0
  let min: number | null = null
  let max: number | null = null
  let last: number | null = null

  const quantile = (share: number): number | null => {
    if (count === 0 || min === null || max === null) return null
    // Nearest rank, as in expectations: the smallest value that at least this share does not exceed.
    const rank = Math.max(1, Math.ceil(share * count))
    if (rank >= count) return max
    let seen = zeros
    if (rank <= seen) return Math.min(0, min)
    for (const bucket of [...counts.keys()].toSorted((a, b) => a - b)) {
      seen += counts.get(bucket) ?? 0
      if (rank <= seen) return Math.min(max, Math.max(min, valueOf(bucket)))
    }
    return max
  }

  return {
    get count() {
      return count
    },
    get min() {
      return min
    },
    get max() {
      return max
    },
    get mean() {
      return count === 0 ? null : sum / count
    },
    get last() {
      return last
    },
    add(value) {
      count += 1
      sum += value
      last = value
      min = min === null ? value : Math.min(min, value)
      max = max === null ? value : Math.max(max, value)
      if (value <= 0) zeros += 1
      else counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1)
    },
    quantile,
  }
}

function bucketOf(value: number): number {
  const bucket = Math.ceil(Math.log(Math.max(value, SMALLEST) / SMALLEST) / Math.log(GAMMA))
  return Math.min(BUCKETS, bucket)
}

/** The middle of a bucket, as far from either end by the ratio. */
function valueOf(bucket: number): number {
  return (2 * SMALLEST * GAMMA ** bucket) / (GAMMA + 1)
}
