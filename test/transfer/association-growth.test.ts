import { describe, expect, it } from 'vitest'
import { AssociationGrowth } from '../../src/transfer/association-growth.js'

const PERIOD_MS = 300
const LIMITS = { first: 4, lossyPerMs: 0.4 }

/** A path with a round trip of 100 ms, and what is carried over it, a period at a time. */
function growing(limits = LIMITS) {
  const path = { isLossy: false, isFull: false, minRttMs: 100 }
  const growth = new AssociationGrowth(limits, path)
  const carried = { udp: { bytes: 0, count: 3 }, tcp: { bytes: 0, count: 0 } }
  let nowMs = 1_000
  growth.observe(structuredClone(carried), nowMs)
  return {
    path,
    growth,
    /** So many bytes per millisecond over each for so many periods; three carry over UDP, and six over TCP. */
    carry: (periods: number, rates: { udp: number; tcp?: number }) => {
      carried.tcp.count = rates.tcp === undefined ? 0 : 6
      for (let period = 0; period < periods; period++) {
        nowMs += PERIOD_MS
        carried.udp.bytes += rates.udp * PERIOD_MS
        carried.tcp.bytes += (rates.tcp ?? 0) * PERIOD_MS
        growth.observe(structuredClone(carried), nowMs)
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

  it('takes back a growth that brought nothing, and tries again after five seconds', () => {
    const { carry } = growing()
    expect(carry(4, { udp: 100 })).toBe(8)
    expect(carry(2, { udp: 105 })).toBe(8)
    expect(carry(1, { udp: 105 })).toBe(4)
    expect(carry(16, { udp: 105 })).toBe(4)
    expect(carry(1, { udp: 105 })).toBe(8)
  })

  it('takes as many as the round trip makes useful where packets are lost and no more is carried', () => {
    const { path, carry } = growing()
    path.isLossy = true
    for (const rate of [50, 80, 100]) expect(carry(1, { udp: rate })).toBe(4)
    expect(carry(1, { udp: 100 })).toBe(40)
  })

  it('does not grow while the link is full, however flat, nor when nothing is carried', () => {
    const full = growing()
    full.path.isFull = true
    expect(full.carry(20, { udp: 100 })).toBe(4)
    expect(growing().carry(20, { udp: 0 })).toBe(4)
  })

  it('does not grow where one over TCP carries much more than one over UDP, however much is lost', () => {
    const bbr = growing()
    bbr.path.isLossy = true
    expect(bbr.carry(20, { udp: 100, tcp: 600 })).toBe(4)
    const cubic = growing()
    cubic.path.isLossy = true
    expect(cubic.carry(2, { udp: 100, tcp: 400 })).toBe(40)
  })

  it('never asks for more than 64', () => {
    const { path, carry } = growing({ first: 8, lossyPerMs: 0.8 })
    path.isLossy = true
    expect(carry(2, { udp: 100 })).toBe(64)
  })
})
