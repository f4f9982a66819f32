import { randomInt } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PeerError } from '../../src/errors.js'
import {
  decodeFrame,
  encodeAckFrame,
  encodeDataFrame,
  MAX_CONTENT_BYTES,
  type DataFrame,
  type Frame,
} from '../../src/transfer/frame.js'

/** fast-check prints seed and path of what fails. */
const RUNS = { numRuns: 10_000 }

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })

describe('frames', () => {
  it('are read back as they were written', () => {
    const chunks = fc.uint8Array({ maxLength: 64 })
    fc.assert(
      fc.property(uint32, uint32, fc.maxSafeNat(), chunks, (sequence, file, offset, chunk) => {
        const frame = { sequence, file, offset, chunk }
        expect(isSameData(decodeFrame(encodeDataFrame(frame)), frame)).toBe(true)
      }),
      RUNS,
    )
    const lists = fc.array(uint32, { maxLength: 20 })
    fc.assert(
      fc.property(uint32, uint32, lists, (below, windowBytes, beyond) => {
        const ack = decodeFrame(encodeAckFrame(below, windowBytes, beyond))
        expect(JSON.stringify(ack)).toBe(JSON.stringify({ type: 'ack', below, windowBytes, beyond }))
      }),
      RUNS,
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

  it('are read back with what they are encoded with', () => {
    const contents = fc.integer({ min: 1, max: MAX_CONTENT_BYTES })
    fc.assert(
      fc.property(contents, fc.uint8Array({ minLength: 1, maxLength: 64 }), (contentBytes, chunk) => {
        const frame = {
          sequence: 1,
          file: 2,
          offset: 3,
          chunk,
          encoded: { as: 'deflate', contentBytes },
        } as const
        expect(isSameData(decodeFrame(encodeDataFrame(frame)), frame)).toBe(true)
      }),
      RUNS,
    )
  })

  it.each([
    ['an encoding nobody knows', Uint8Array.from([1, 2, ...new Uint8Array(40)])],
    ['an ACK that is encoded', Uint8Array.from([2, 1, ...new Uint8Array(10)])],
    ['nothing encoded', Uint8Array.from([1, 1, ...new Uint8Array(22)])],
    ['what is to become nothing', Uint8Array.from([1, 1, ...new Uint8Array(30)])],
    [
      'what is to become too much',
      encodeDataFrame({
        sequence: 0,
        file: 0,
        offset: 0,
        chunk: new Uint8Array(9),
        encoded: { as: 'deflate', contentBytes: MAX_CONTENT_BYTES + 1 },
      }),
    ],
  ])('refuse %s', (_what, bytes) => {
    expect(() => decodeFrame(bytes)).toThrow(expect.objectContaining({ code: 'PROTOCOL_VIOLATION' }))
  })

  it('throw nothing but a violation in a million mutations', { timeout: 30_000 }, () => {
    // A million stack traces are what takes the time.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    onTestFinished(() => {
      Error.stackTraceLimit = stackTraceLimit
    })
    const seed = randomInt(2 ** 31)
    const random = createRandom(seed)
    const chunk = new Uint8Array(32)
    const originals = [
      encodeAckFrame(7, 65_536, [9, 11]),
      encodeDataFrame({ sequence: 3, file: 1, offset: 2 ** 40, chunk }),
      encodeDataFrame({
        sequence: 3,
        file: 1,
        offset: 5,
        chunk,
        encoded: { as: 'deflate', contentBytes: 99 },
      }),
    ]
    const others = new Set<string>()
    for (let run = 0; run < 1_000_000; run++) {
      const original = originals[run % originals.length] ?? chunk
      const mutated = original.slice(0, random() % 4 === 0 ? random() % (original.length + 1) : undefined)
      for (let changes = random() % 4; changes >= 0 && mutated.length > 0; changes--)
        mutated[random() % Math.min(mutated.length, 28)] = random()
      const came = outcome(mutated)
      if (came !== 'frame' && came !== 'violation') others.add(`${came} of ${mutated.join()} (seed ${seed})`)
    }
    expect([...others]).toEqual([])
  })
})

/** Much faster than `toEqual`, of which ten thousand take seconds. */
function isSameData(decoded: Frame, frame: DataFrame): boolean {
  return (
    decoded.type === 'data' &&
    decoded.sequence === frame.sequence &&
    decoded.file === frame.file &&
    decoded.offset === frame.offset &&
    Buffer.from(decoded.chunk).equals(frame.chunk) &&
    decoded.encoded?.as === frame.encoded?.as &&
    decoded.encoded?.contentBytes === frame.encoded?.contentBytes
  )
}

/** Numbers of 32 bits that a seed repeats (xorshift32). */
function createRandom(seed: number): () => number {
  let state = seed || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

function outcome(bytes: Uint8Array): string {
  try {
    decodeFrame(bytes)
    return 'frame'
  } catch (error) {
    return error instanceof PeerError && error.code === 'PROTOCOL_VIOLATION' ? 'violation' : String(error)
  }
}
