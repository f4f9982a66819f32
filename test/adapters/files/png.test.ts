import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { encodePng } from '../../../src/adapters/files/png.js'

describe('encodePng', () => {
  it('writes chunks that a decoder takes and rows that come back as they were', async () => {
    const rgb = Uint8Array.from({ length: 5 * 4 * 3 }, (_, index) => (index * 37) % 256)
    const png = Buffer.from(await encodePng(rgb, 5, 4))
    expect(png.subarray(1, 4).toString('latin1')).toBe('PNG')
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([5, 4])
    const contentBytes = png.readUInt32BE(33)
    expect(png.subarray(37, 41).toString('latin1')).toBe('IDAT')
    const rows = inflateSync(png.subarray(41, 41 + contentBytes))
    const decoded = new Uint8Array(rgb.length)
    for (let row = 0; row < 4; row++) {
      expect(rows[row * 16]).toBe(2)
      for (let index = 0; index < 15; index++) {
        const above = row === 0 ? 0 : (decoded[(row - 1) * 15 + index] ?? 0)
        decoded[row * 15 + index] = ((rows[row * 16 + 1 + index] ?? 0) + above) & 255
      }
    }
    expect(decoded).toEqual(rgb)
    expect(png.subarray(-8, -4).toString('latin1')).toBe('IEND')
  })
})
