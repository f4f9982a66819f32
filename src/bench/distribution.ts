import type { RoundTripTimes } from '../events/bench.js'

/** The value below which a share of the values lies, nearest rank; 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Null where there is none. */
export function summariseRoundTrips(samples: readonly number[]): RoundTripTimes | null {
  if (samples.length === 0) return null
  return {
    min: Math.min(...samples),
    mean: rounded(mean(samples)),
    p50: percentile(samples, 0.5),
    p95: percentile(samples, 0.95),
    max: Math.max(...samples),
    samples: [...samples],
  }
}

/** Microseconds, of a clock that has no more to say. */
export function rounded(valueMs: number): number {
  return Math.round(valueMs * 1_000) / 1_000
}
