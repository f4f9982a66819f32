import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeerError } from '../../src/errors.js'
import { decodeFrame, encodeAckFrame, encodeDataFrame } from '../../src/transfer/frame.js'

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })

describe('frames', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(
        uint32,
        uint32,
        fc.maxSafeNat(),
        fc.uint8Array({ maxLength: 64 }),
        (sequence, file, offset, chunk) => {
          const frame = { sequence, file, offset, chunk }
          expect(decodeFrame(encodeDataFrame(frame))).toEqual({ type: 'data', ...frame })
        },
      ),
    )
    fc.assert(
      fc.property(uint32, uint32, fc.array(uint32, { maxLength: 20 }), (below, windowBytes, beyond) => {
        expect(decodeFrame(encodeAckFrame(below, windowBytes, beyond))).toEqual({
          type: 'ack',
          below,
          windowBytes,
          beyond,
        })
      }),
    )
  })

  it.each([
    ['text', 'hello'],
    ['nothing', new Uint8Array(0)],
    ['too little', new Uint8Array(11).fill(1)],
    ['an unknown type', Uint8Array.from([9, ...new Uint8Array(23)])],
    ['unknown flags', Uint8Array.from([1, 1, ...new Uint8Array(22)])],
    [
      'an impossible offset',
      encodeDataFrame({ sequence: 0, file: 0, offset: 0, chunk: new Uint8Array(1) }).fill(0xff, 12, 20),
    ],
    ['an ACK cut in the middle', encodeAckFrame(0, 0, [1]).subarray(0, 15)],
    [
      'an ACK of more than there can be',
      encodeAckFrame(
        0,
        0,
        Array.from({ length: 5000 }, () => 1),
      ),
    ],
  ])('refuse %s', (_what, bytes) => {
    expect(() => decodeFrame(bytes)).toThrow(expect.objectContaining({ code: 'PROTOCOL_VIOLATION' }))
  })

  it('throw nothing but a violation, whatever comes', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 })
    const frame = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.constant(encodeAckFrame(7, 65_536, [9, 11])),
      fc.constant(encodeDataFrame({ sequence: 3, file: 1, offset: 2 ** 40, chunk: new Uint8Array(32) })),
    )
    fc.assert(
      fc.property(frame, flips, (bytes, changes) => {
        const mutated = Uint8Array.from(bytes)
        for (const [index, value] of changes) if (mutated.length > 0) mutated[index % mutated.length] = value
        expect(outcome(mutated)).toMatch(/^(frame|violation)$/)
      }),
      { numRuns: 50_000 },
    )
  })
})

function outcome(bytes: Uint8Array): string {
  try {
    decodeFrame(bytes)
    return 'frame'
  } catch (error) {
    return error instanceof PeerError && error.code === 'PROTOCOL_VIOLATION' ? 'violation' : String(error)
  }
}
