/**
 * Milliseconds to wait before attempt `attempt` (from 0), with full jitter: anything from 0 to the doubled
 * ceiling, so that clients which lost the same server do not come back all at once.
 */
export function backoffMs(attempt: number, firstMs: number, maxMs: number): number {
  return Math.random() * Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30))
}
