import { describe, expect, it } from 'vitest'
import { AssociationGrowth } from '../../src/transfer/association-growth.js'

const PERIOD_MS = 300
const LIMITS = { first: 4, lossyPerMs: 0.4 }

/** A path with a round trip of 100 ms, and what is carried over it, a period at a time. */
function growing(limits = LIMITS) {
  const path = { isLossy: false, isFull: false, minRttMs: 100 }
  const growth = new AssociationGrowth(limits, path)
  const carried = { udp: 0, tcp: 0 }
  let nowMs = 1_000
  growth.observe({ ...carried }, nowMs)
  return {
    path,
    growth,
    /** So many bytes per millisecond over each for so many periods. */
    carry: (periods: number, rates: { udp: number; tcp?: number }) => {
      for (let period = 0; period < periods; period++) {
        nowMs += PERIOD_MS
        carried.udp += rates.udp * PERIOD_MS
        carried.tcp += (rates.tcp ?? 0) * PERIOD_MS
        growth.observe({ ...carried }, nowMs)
      }
      return growth.count
    },
  }
}

describe('AssociationGrowth', () => {
  it('stays with the first ones while they carry more and more', () => {
    const { carry } = growing()
    for (const rate of [100, 150, 200, 300, 400, 600]) expect(carry(1, { udp: rate })).toBe(4)
  })

  it('doubles when three periods brought no more, and again when that was worth it', () => {
    const { carry } = growing()
    expect(carry(1, { udp: 100 })).toBe(4)
    expect(carry(2, { udp: 100 })).toBe(4)
    expect(carry(1, { udp: 105 })).toBe(8)
    expect(carry(1, { udp: 200 })).toBe(8)
    expect(carry(3, { udp: 200 })).toBe(16)
  })

  it('holds a number that brought nothing for five seconds, then tries once more', () => {
    const { carry } = growing()
    expect(carry(4, { udp: 100 })).toBe(8)
    expect(carry(3, { udp: 100 })).toBe(8)
    expect(carry(16, { udp: 100 })).toBe(8)
    expect(carry(1, { udp: 100 })).toBe(16)
  })

  it('takes as many as the round trip makes useful as soon as packets are seen to be lost', () => {
    const { path, carry } = growing()
    path.isLossy = true
    expect(carry(1, { udp: 100 })).toBe(40)
  })

  it('does not grow while the link is full, however flat, nor when nothing is carried', () => {
    const full = growing()
    full.path.isFull = true
    expect(full.carry(20, { udp: 100 })).toBe(4)
    expect(growing().carry(20, { udp: 0 })).toBe(4)
  })

  it('does not grow again where those over TCP carry nearly everything', () => {
    const { carry } = growing()
    expect(carry(4, { udp: 100, tcp: 900 })).toBe(8)
    // Twice as much, but by those over TCP.
    expect(carry(1, { udp: 150, tcp: 1_900 })).toBe(8)
    expect(carry(3, { udp: 150, tcp: 1_900 })).toBe(8)
  })

  it('never asks for more than 64', () => {
    const { path, carry } = growing({ first: 8, lossyPerMs: 0.8 })
    path.isLossy = true
    expect(carry(1, { udp: 100 })).toBe(64)
  })
})
