type Value = number | string | null

/** What the last stretch of a run came to. `broken` has the first sample in it that did not hold. */
export type WindowOutcome =
  | { outcome: 'held'; last: Value }
  | { outcome: 'broken'; value: Value; beforeEndMs: number }
  | { outcome: 'short'; coveredMs: number }

/** Whether every sample of the last `windowMs` of a run holds, whenever that end comes. */
export interface SampleWindow {
  add(value: Value, nowMs: number): void
  judge(endMs: number): WindowOutcome
}

/** The verdict needs the newest broken sample only; the others are kept to name the first one. */
const MAX_BROKEN = 1_000

export function createSampleWindow(windowMs: number, holds: (value: Value) => boolean): SampleWindow {
  let broken: { value: Value; atMs: number }[] = []
  let firstMs: number | undefined
  let last: { value: Value; atMs: number } | undefined

  const since = (startMs: number) => {
    const first = broken.findIndex(({ atMs }) => atMs >= startMs)
    return first === -1 ? [] : broken.slice(first)
  }

  return {
    add(value, nowMs) {
      firstMs ??= nowMs
      last = { value, atMs: nowMs }
      if (holds(value)) return
      if (broken.length >= MAX_BROKEN) broken = thinned(since(nowMs - windowMs))
      broken.push(last)
    },
    judge(endMs) {
      const startMs = endMs - windowMs
      const [first] = since(startMs)
      if (first) return { outcome: 'broken', value: first.value, beforeEndMs: endMs - first.atMs }
      if (firstMs === undefined || last === undefined) return { outcome: 'short', coveredMs: 0 }
      // A stream that ended before the window has no sample in it.
      if (last.atMs < startMs) return { outcome: 'broken', value: null, beforeEndMs: windowMs }
      if (firstMs > startMs) return { outcome: 'short', coveredMs: endMs - firstMs }
      return { outcome: 'held', last: last.value }
    },
  }
}

/** Every second one, the first and the newest included. */
function thinned<T>(items: readonly T[]): T[] {
  if (items.length < MAX_BROKEN) return [...items]
  return items.filter((_item, index) => index % 2 === 0 || index === items.length - 1)
}
