import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBars } from '../../src/media/bars.js'
import { i420Bytes, type VideoFrame } from '../../src/media/ports.js'

/** Y, U and V of the picture element at x, y. */
function pixel({ width, height, data }: VideoFrame, x: number, y: number): number[] {
  const chromaWidth = Math.ceil(width / 2)
  const chromaOffset = width * height + Math.floor(y / 2) * chromaWidth + Math.floor(x / 2)
  const chromaBytes = chromaWidth * Math.ceil(height / 2)
  return [y * width + x, chromaOffset, chromaOffset + chromaBytes].map((offset) => data[offset] ?? Number.NaN)
}

/** Columns of the last row that are as bright as the box. */
function boxColumns({ width, height, data }: VideoFrame): number[] {
  const row = [...data.subarray((height - 1) * width, height * width)]
  return row.flatMap((luma, x) => (luma === 235 ? [x] : []))
}

describe('createBars', () => {
  it('draws seven 75 % bars in BT.601 limited range, from white to blue', () => {
    const frame = createBars({ width: 700, height: 480, frameRate: 30 }).draw(0)
    const colours = [50, 150, 250, 350, 450, 550, 650].map((x) => pixel(frame, x, 100))
    expect(colours).toEqual([
      [180, 128, 128],
      [162, 44, 142],
      [131, 156, 44],
      [112, 72, 58],
      [84, 184, 198],
      [65, 100, 212],
      [35, 212, 114],
    ])
  })

  it('changes colour at each seventh of the width and draws the castellations below', () => {
    const frame = createBars({ width: 700, height: 480, frameRate: 30 }).draw(0)
    expect([pixel(frame, 99, 0)[0], pixel(frame, 100, 0)[0]]).toEqual([180, 162])
    expect(pixel(frame, 50, 319)).toEqual([180, 128, 128])
    expect([50, 150, 250, 650].map((x) => pixel(frame, x, 320))).toEqual([
      [35, 212, 114],
      [16, 128, 128],
      [84, 184, 198],
      [180, 128, 128],
    ])
  })

  it('moves a white box on black from side to side in two seconds and back', () => {
    const bars = createBars({ width: 640, height: 480, frameRate: 30 })
    const leftEdges = [0, 30, 60, 90, 120].map((index) => boxColumns(bars.draw(index))[0])
    expect(leftEdges).toEqual([0, 260, 520, 260, 0])
    expect(boxColumns(bars.draw(7))).toHaveLength(120)
    expect(pixel(bars.draw(0), 639, 479)).toEqual([16, 128, 128])
  })

  it('shows the same moment at any frame rate', () => {
    const slow = createBars({ width: 64, height: 48, frameRate: 10 }).draw(7)
    const fast = createBars({ width: 64, height: 48, frameRate: 60 }).draw(42)
    expect(slow.data).toEqual(fast.data)
  })

  it('draws each index the same, whatever was drawn before', () => {
    const bars = createBars({ width: 66, height: 50, frameRate: 30 })
    const first = bars.draw(11).data.slice()
    bars.draw(500)
    expect(bars.draw(11).data).toEqual(first)
  })

  it('reuses one buffer of exactly the frame', () => {
    const bars = createBars({ width: 321, height: 241, frameRate: 30 })
    const { data } = bars.draw(0)
    expect(data.buffer.byteLength).toBe(116_323)
    expect(bars.draw(1).data.buffer).toBe(data.buffer)
  })

  it('fills every sample of any size with legal video levels', () => {
    const side = fc.integer({ min: 16, max: 130 })
    fc.assert(
      fc.property(side, side, fc.nat({ max: 10_000 }), (width, height, index) => {
        const frame = createBars({ width, height, frameRate: 30 }).draw(index)
        expect(frame.data).toHaveLength(i420Bytes(width, height))
        expect(frame.data.every((level) => level >= 16 && level <= 240)).toBe(true)
        expect(pixel(frame, width - 1, 0)).toEqual([35, 212, 114])
        expect(boxColumns(frame).length).toBeGreaterThan(0)
      }),
      { numRuns: 60 },
    )
  })
})
