import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeChannelData, encodeChannelData, FIRST_CHANNEL } from '../../src/stun/channel-data.js'
import { createStreamFraming } from '../../src/stun/stream-framing.js'
import { IPV4_RESPONSE, LONG_TERM_REQUEST } from './stun-vectors.js'

const frame = fc.oneof(
  fc.constantFrom(IPV4_RESPONSE, LONG_TERM_REQUEST),
  fc.uint8Array({ maxLength: 300 }).map((data) => encodeChannelData(FIRST_CHANNEL, data)),
)

describe('a stream', () => {
  it('gives every message back, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 8 }),
        fc.integer({ min: 1, max: 40 }),
        (frames, chunkBytes) => {
          const received: Uint8Array[] = []
          const take = createStreamFraming((bytes) => received.push(bytes.slice()))
          const all = Uint8Array.from(frames.flatMap((bytes) => [...bytes]))
          for (let at = 0; at < all.length; at += chunkBytes) take(all.subarray(at, at + chunkBytes))
          expect(received).toEqual(frames)
        },
      ),
    )
  })

  it('of something else is given up at once', () => {
    const take = createStreamFraming(() => undefined)
    expect(() => take(new TextEncoder().encode('\u00ff\u00ff HTTP'))).toThrow(RangeError)
  })

  it('gives ChannelData its channel and its data without the padding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
        expect(decodeChannelData(encodeChannelData(0x4fff, data))).toEqual({ channel: 0x4fff, data })
      }),
    )
    expect(decodeChannelData(Uint8Array.of(0x40, 0, 0, 9, 1))).toBeUndefined()
    expect(decodeChannelData(Uint8Array.of(0x50, 0, 0, 0))).toBeUndefined()
  })
})
