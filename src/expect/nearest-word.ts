/** The one of `words` that takes the fewest edits to become, where that is few enough to be a slip; else undefined. */
export function nearestWord(text: string, words: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(text.length / 3))
  const ranked = words
    .map((word) => ({ word, edits: editDistance(text.toLowerCase(), word.toLowerCase(), limit) }))
    .filter(({ edits }) => edits <= limit)
  return ranked.toSorted((a, b) => a.edits - b.edits)[0]?.word
}

/** Levenshtein's distance, with two neighbours that changed places as one edit; whatever is above `limit` is Infinity. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return Infinity
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_cell, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwapped ? (before[j - 2] ?? Infinity) + 1 : Infinity
      next.push(Math.min(substituted, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row.at(-1) ?? Infinity
}
