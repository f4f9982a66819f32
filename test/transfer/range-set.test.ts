import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RangeSet } from '../../src/transfer/range-set.js'

const SIZE = 64

const ranges = fc.array(
  fc.tuple(fc.integer({ min: 0, max: SIZE }), fc.integer({ min: 0, max: SIZE })).map(([a, b]) => ({
    start: Math.min(a, b),
    end: Math.max(a, b),
  })),
  { maxLength: 40 },
)

describe('a set of byte ranges', () => {
  it('is what a bitmap of the same bytes would be', () => {
    fc.assert(
      fc.property(ranges, (added) => {
        const set = new RangeSet()
        const bitmap = new Uint8Array(SIZE)
        const gains = added.map(({ start, end }) => {
          const before = count(bitmap)
          bitmap.fill(1, start, end)
          return set.add(start, end) === count(bitmap) - before
        })
        expect(gains.every(Boolean)).toBe(true)
        expect(set.bytes).toBe(count(bitmap))
        const gapAfter = (offset: number) => (bitmap.indexOf(0, offset) + SIZE + 1) % (SIZE + 1)
        expect(Array.from(bitmap, (_bit, offset) => set.endOf(offset))).toEqual(
          Array.from(bitmap, (_bit, offset) => gapAfter(offset)),
        )
      }),
      { numRuns: 10_000 },
    )
  })

  it('keeps its ranges apart, in order and joined where they touch', () => {
    fc.assert(
      fc.property(ranges, (added) => {
        const set = new RangeSet()
        for (const { start, end } of added) set.add(start, end)
        const ends = set.ranges.map(({ end }) => end)
        expect(set.ranges.every(({ start, end }) => start < end)).toBe(true)
        expect(set.ranges.slice(1).every(({ start }, index) => start > (ends[index] ?? Infinity))).toBe(true)
      }),
      { numRuns: 10_000 },
    )
  })
})

function count(bitmap: Uint8Array): number {
  return bitmap.reduce((sum, bit) => sum + bit, 0)
}
