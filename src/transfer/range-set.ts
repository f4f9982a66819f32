/** Half-open, in bytes: from `start` up to but not including `end`. */
export interface ByteRange {
  start: number
  end: number
}

/** Which bytes of a file are there: disjoint ranges in order, joined where they touch. */
export class RangeSet {
  #ranges: ByteRange[] = []
  #bytes = 0

  /** Bytes covered. */
  get bytes(): number {
    return this.#bytes
  }

  get ranges(): readonly ByteRange[] {
    return this.#ranges
  }

  /** Adds a range; returns how many of its bytes are new. */
  add(start: number, end: number): number {
    if (end <= start) return 0
    // Almost everything arrives at the end of what is there.
    const last = this.#ranges.at(-1)
    if (last && start === last.end) {
      last.end = end
      this.#bytes += end - start
      return end - start
    }
    const first = this.#firstEndingAt(start)
    let past = first
    let merged: ByteRange = { start, end }
    for (; past < this.#ranges.length; past++) {
      const range = this.#ranges[past]
      if (!range || range.start > end) break
      merged = { start: Math.min(merged.start, range.start), end: Math.max(merged.end, range.end) }
    }
    return this.#insert(first, past - first, merged)
  }

  /** Whether all of the range is there. */
  covers(start: number, end: number): boolean {
    return end <= start || this.endOf(start) >= end
  }

  /** How far from `start` everything is there; `start` itself where it is not. */
  endOf(start: number): number {
    const range = this.#ranges[this.#firstEndingAt(start + 1)]
    return range && range.start <= start ? range.end : start
  }

  /** The index of the first range that ends at `offset` or beyond; their number where none does. */
  #firstEndingAt(offset: number): number {
    let [low, high] = [0, this.#ranges.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#ranges[middle]?.end ?? offset) < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  #insert(index: number, count: number, merged: ByteRange): number {
    const replaced = this.#ranges.splice(index, count, merged)
    const gained = merged.end - merged.start - replaced.reduce((sum, { start, end }) => sum + end - start, 0)
    this.#bytes += gained
    return gained
  }
}
