import { randomBytes } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createDeflate } from '../../../src/adapters/files/deflate.js'

describe('DEFLATE', () => {
  it('compresses each chunk for itself, however many at once and one after the other', async () => {
    const codec = createDeflate()
    const chunks = Array.from({ length: 40 }, (_, index) => {
      if (index % 4 === 0) return Buffer.alloc(64 * 1024)
      return index % 4 === 1 ? randomBytes(64 * 1024) : Buffer.from(`line ${index}\n`.repeat(index * 100))
    })
    for (let begin = 0; begin < chunks.length; begin += 5) {
      const some = chunks.slice(begin, begin + 5)
      const encoded = await Promise.all(some.map((chunk) => codec.encode(chunk)))
      for (const [index, chunk] of some.entries()) {
        const one = encoded[index] ?? new Uint8Array()
        expect(inflateRawSync(one).equals(chunk)).toBe(true)
        expect(Buffer.from(await codec.decode(one, chunk.byteLength)).equals(chunk)).toBe(true)
      }
    }
  })

  it('is much shorter for what repeats itself', async () => {
    const chunk = Buffer.from('the same line again\n'.repeat(3000))
    expect((await createDeflate().encode(chunk)).byteLength).toBeLessThan(chunk.byteLength / 50)
  })
})
