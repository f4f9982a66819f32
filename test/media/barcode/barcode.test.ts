import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBarcodeStage, drawBarcode } from '../../../src/media/barcode/draw-barcode.js'
import { decodeMark, distance, encodeMark } from '../../../src/media/barcode/mark.js'
import { readBarcode } from '../../../src/media/barcode/read-barcode.js'
import { createBars } from '../../../src/media/bars.js'
import { i420Bytes, type VideoFrame } from '../../../src/media/ports.js'

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const anyMark = fc.record({ id: word, index: word, sentMs: word })

describe('a barcode', () => {
  it('gives back any mark at any size that has room for it', () => {
    fc.assert(
      fc.property(
        anyMark,
        fc.integer({ min: 112, max: 400 }),
        fc.integer({ min: 96, max: 300 }),
        (mark, width, height) => {
          const frame = bars(width, height)
          drawBarcode(frame, mark)
          expect(readBarcode(frame)).toEqual(mark)
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each([
    ['half the size', 320, 240],
    ['a third', 213, 160],
    ['another shape', 500, 240],
    ['twice the size', 1280, 960],
  ])('is read at %s', (_what, width, height) => {
    const frame = bars(640, 480)
    const mark = { id: 123_456, index: 4_000_000_000, sentMs: 987_654_321 }
    drawBarcode(frame, mark)
    expect(readBarcode(scale(frame, width, height))).toEqual(mark)
  })

  it('is read where the contrast is low and the brightness another', () => {
    const frame = bars(640, 480)
    const mark = { id: 1, index: 2, sentMs: 3 }
    drawBarcode(frame, mark)
    const data = frame.data.map((value) => 90 + value / 3)
    expect(readBarcode({ ...frame, data })).toEqual(mark)
  })

  it('is not seen in a picture without one', () => {
    const sizes = [
      [640, 480],
      [16, 16],
      [1, 1],
      [320, 20],
    ] as const
    for (const [width, height] of sizes) {
      expect(readBarcode(bars(width, height))).toBeUndefined()
      const plain = { width, height, data: new Uint8Array(i420Bytes(width, height)).fill(128) }
      expect(readBarcode(plain)).toBeUndefined()
    }
  })

  it('is refused where one bit of it is wrong', () => {
    fc.assert(
      fc.property(anyMark, fc.integer({ min: 0, max: 111 }), (mark, wrong) => {
        const bits = encodeMark(mark)
        bits[wrong] = 1 - (bits[wrong] ?? 0)
        expect(decodeMark(bits)).toBeUndefined()
      }),
    )
  })

  it('marks the pictures of a track, and leaves small ones alone', () => {
    const stage = createBarcodeStage({ now: () => 1_234.4 })
    expect(readBarcode(stage(bars(320, 240), { index: 70, sequence: 65 }))).toEqual({
      id: 65,
      index: 70,
      sentMs: 1_234,
    })
    const small = bars(64, 48)
    const before = Uint8Array.from(small.data)
    expect(stage(small, { index: 0, sequence: 0 }).data).toEqual(before)
  })

  it('counts on where the numbers start over', () => {
    expect(distance(2 ** 32 - 2, 3)).toBe(5)
    expect(distance(3, 2 ** 32 - 2)).toBe(-5)
  })
})

function bars(width: number, height: number): VideoFrame {
  return createBars({ width, height, frameRate: 30 }).draw(17)
}

/** Nearest neighbour, luma only: worse than what any encoder does. */
function scale({ width, height, data }: VideoFrame, toWidth: number, toHeight: number): VideoFrame {
  const scaled = new Uint8Array(i420Bytes(toWidth, toHeight)).fill(128)
  for (let y = 0; y < toHeight; y++) {
    for (let x = 0; x < toWidth; x++) {
      const from = Math.floor((y * height) / toHeight) * width + Math.floor((x * width) / toWidth)
      scaled[y * toWidth + x] = data[from] ?? 0
    }
  }
  return { width: toWidth, height: toHeight, data: scaled }
}
