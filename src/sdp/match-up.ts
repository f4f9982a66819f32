/**
 * Pairs the items of two lists by the first key that fits, one key after the other, each item once and in order.
 * What is left over was removed (of `before`) or added (of `after`).
 */
export function matchUp<T>(
  before: readonly T[],
  after: readonly T[],
  keys: readonly ((item: T) => string)[],
): { pairs: [T, T][]; removed: T[]; added: T[] } {
  const open = new Set(before)
  const left = new Set(after)
  const pairs: [T, T][] = []
  for (const key of keys) {
    const waiting = new Map<string, T[]>()
    for (const item of left) {
      const same = waiting.get(key(item))
      if (same === undefined) waiting.set(key(item), [item])
      else same.push(item)
    }
    for (const item of open) {
      const partner = waiting.get(key(item))?.shift()
      if (partner === undefined) continue
      pairs.push([item, partner])
      open.delete(item)
      left.delete(partner)
    }
  }
  const position = new Map(before.map((item, index) => [item, index]))
  pairs.sort(([a], [b]) => (position.get(a) ?? 0) - (position.get(b) ?? 0))
  return { pairs, removed: [...open], added: [...left] }
}

/** Whether the partners of a list stand in another order than the list itself. */
export function isReordered<T>(pairs: readonly [T, T][], after: readonly T[]): boolean {
  const position = new Map(after.map((item, index) => [item, index]))
  const positions = pairs.map(([, partner]) => position.get(partner) ?? 0)
  return positions.some((value, index) => index > 0 && value < (positions[index - 1] ?? 0))
}
