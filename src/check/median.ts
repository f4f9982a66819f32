/** The middle of some figures; null where there are none. */
export function median(figures: readonly number[]): number | null {
  if (figures.length === 0) return null
  const sorted = figures.toSorted((left, right) => left - right)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? null
  const lower = sorted[middle - 1]
  return sorted.length % 2 === 1 || upper === null || lower === undefined ? upper : (lower + upper) / 2
}
