import { describe, expect, it } from 'vitest'
import { uprightFrame } from '../../src/media/upright-frame.js'

/** Four by two pixels, numbered row by row, with two pixels of each chroma. */
const FRAME = { width: 4, height: 2, data: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 21, 22]) }

describe('uprightFrame', () => {
  it.each([
    [0, 4, 2, [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 21, 22]],
    [90, 2, 4, [5, 1, 6, 2, 7, 3, 8, 4, 11, 12, 21, 22]],
    [180, 4, 2, [8, 7, 6, 5, 4, 3, 2, 1, 12, 11, 22, 21]],
    [270, 2, 4, [4, 8, 3, 7, 2, 6, 1, 5, 12, 11, 22, 21]],
  ])('turns a picture by %i degrees clockwise', (rotation, width, height, expected) => {
    const turned = uprightFrame(FRAME, rotation)
    expect([turned.width, turned.height, ...turned.data]).toEqual([width, height, ...expected])
  })

  it('keeps every pixel of odd sides', () => {
    const data = Uint8Array.from({ length: 15 + 2 * 6 }, (_, index) => index)
    const turned = uprightFrame({ width: 5, height: 3, data }, 90)
    expect(uprightFrame(turned, 270)).toEqual({ width: 5, height: 3, data })
  })
})
