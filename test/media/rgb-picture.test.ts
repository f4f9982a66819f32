import { describe, expect, it } from 'vitest'
import { toRgb } from '../../src/media/rgb-picture.js'

/** One colour, as a picture of 3x3 pixels: odd sides share chroma with nobody. */
function colourOf(y: number, u: number, v: number): number[] {
  const data = new Uint8Array([...Array(9).fill(y), ...Array(4).fill(u), ...Array(4).fill(v)])
  const rgb = toRgb({ width: 3, height: 3, data })
  expect(rgb.length).toBe(27)
  expect(Array.from(rgb.subarray(24))).toEqual(Array.from(rgb.subarray(0, 3)))
  return Array.from(rgb.subarray(0, 3))
}

describe('toRgb', () => {
  it.each([
    ['black', [16, 128, 128], [0, 0, 0]],
    ['white', [235, 128, 128], [255, 255, 255]],
    ['75 % red', [65, 100, 212], [191, 0, 0]],
    ['75 % green', [112, 72, 58], [0, 191, 0]],
    ['75 % blue', [35, 212, 114], [0, 0, 191]],
    ['what is out of range', [255, 255, 255], [255, 125, 255]],
  ])('gives the RGB of %s', (_name, [y = 0, u = 0, v = 0], expected) => {
    const rgb = colourOf(y, u, v)
    expect(Math.max(...rgb.map((value, index) => Math.abs(value - (expected[index] ?? 0))))).toBeLessThan(3)
  })
})
