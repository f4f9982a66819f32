import { describe, expect, it } from 'vitest'
import { createFrameFilter } from '../../../src/media/filter/frame-filter.js'
import { parseFilterList } from '../../../src/media/filter/parse-filter.js'
import { i420Bytes, type VideoFrame } from '../../../src/media/ports.js'

const filterOf = (css: string) => createFrameFilter(parseFilterList(css, '--filter'))

describe('a frame filter', () => {
  it('inverts black to white and leaves grey without colour', () => {
    const { data } = filterOf('invert(1)')(plain(4, 2, [16, 128, 128]))
    expect([...data]).toEqual([...plain(4, 2, [235, 128, 128]).data])
  })

  it('turns everything grey with grayscale(1)', () => {
    const { data } = filterOf('grayscale(1)')(plain(6, 4, [81, 90, 240]))
    expect([...data.subarray(24)].every((chroma) => chroma === 128)).toBe(true)
  })

  it('leaves the frame it was given as it was, and gives a buffer the native source takes', () => {
    const frame = plain(321, 241, [100, 90, 200])
    const before = Uint8Array.from(frame.data)
    const { data } = filterOf('sepia(1) blur(3px) invert(20%)')(frame)
    expect(frame.data).toEqual(before)
    expect(data.buffer.byteLength).toBe(i420Bytes(321, 241))
  })

  it('follows a size that changes, odd ones too', () => {
    const filter = filterOf('brightness(150%) blur(2px)')
    for (const [width, height] of [
      [64, 48],
      [33, 17],
      [1, 1],
      [128, 96],
    ] as const) {
      const frame = filter(plain(width, height, [90, 110, 140]))
      expect([frame.width, frame.height, frame.data.length]).toEqual([
        width,
        height,
        i420Bytes(width, height),
      ])
    }
  })

  it('does nothing with none', () => {
    const frame = plain(4, 4, [50, 60, 70])
    expect(filterOf('none')(frame)).toBe(frame)
  })

  it('cuts off between functions, as CSS does: what was white stays white when it is darkened again', () => {
    const { data } = filterOf('brightness(200%) brightness(50%)')(plain(2, 2, [200, 128, 128]))
    expect(data[0]).toBe(126)
  })
})

function plain(width: number, height: number, [y, u, v]: [number, number, number]): VideoFrame {
  const luma = width * height
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2)
  const data = new Uint8Array(luma + 2 * chroma)
    .fill(y, 0, luma)
    .fill(u, luma, luma + chroma)
    .fill(v, luma + chroma)
  return { width, height, data }
}
