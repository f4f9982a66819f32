import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OrderedBytes } from '../../src/transfer/ordered-bytes.js'

function takeAll(bytes: OrderedBytes): Uint8Array {
  const blocks: Uint8Array[] = []
  for (let block = bytes.take(100); block; block = bytes.take(100)) blocks.push(block)
  return Buffer.concat(blocks)
}

describe('bytes in order', () => {
  it('come out as they belong, whatever order their pieces arrive in, however often', () => {
    const pieces = fc
      .array(fc.uint8Array({ minLength: 1, maxLength: 5_000 }), { minLength: 1, maxLength: 12 })
      .chain((chunks) => {
        let offset = 0
        const placed = chunks.map((chunk) => {
          const piece = { offset, chunk }
          offset += chunk.byteLength
          return piece
        })
        const again = fc.subarray(placed)
        return again.chain((repeated) =>
          fc.record({
            whole: fc.constant(Buffer.concat(chunks)),
            arriving: fc.shuffledSubarray([...placed, ...repeated], {
              minLength: placed.length + repeated.length,
            }),
          }),
        )
      })
    fc.assert(
      fc.property(pieces, ({ whole, arriving }) => {
        const bytes = new OrderedBytes()
        const taken: Uint8Array[] = []
        let gained = 0
        for (const { offset, chunk } of arriving) {
          gained += bytes.add(offset, chunk) ?? Number.NaN
          taken.push(takeAll(bytes))
        }
        expect(gained).toBe(whole.byteLength)
        expect(Buffer.concat(taken).equals(whole)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('refuse pieces that overlap in part', () => {
    const bytes = new OrderedBytes()
    expect(bytes.add(0, new Uint8Array(10))).toBe(10)
    expect(bytes.add(5, new Uint8Array(10))).toBeUndefined()
  })

  it('cost memory by their number of bytes, not of pieces', () => {
    const bytes = new OrderedBytes()
    const one = new Uint8Array(1)
    const before = process.memoryUsage().heapUsed
    for (let offset = 0; offset < 500_000; offset++) bytes.add(offset, one)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000)
    expect(bytes.take(Infinity)?.byteLength).toBe(500_000)
  })

  it('refuse more pieces ahead of a gap than anybody has on the way', () => {
    const bytes = new OrderedBytes()
    const one = new Uint8Array(1)
    const last = Array.from({ length: 20_000 }, (_, index) => bytes.add(2 * index + 2, one)).at(-1)
    expect(last).toBeUndefined()
  })
})
