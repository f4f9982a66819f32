import { describe, expect, it } from 'vitest'
import { RoundTripMeter } from '../../src/session/round-trip.js'

describe('the clock of the peer', () => {
  it('is known from the fastest of the recent answers', () => {
    const meter = new RoundTripMeter()
    const answer = (id: number, sentMs: number, thereMs: number, backMs: number) => {
      meter.sent(id, sentMs)
      meter.answered(id, sentMs + thereMs + backMs, sentMs + thereMs + 5_000)
    }
    answer(0, 100, 40, 2)
    answer(1, 200, 3, 1)
    answer(2, 300, 1, 60)
    expect(meter.peerClock).toEqual({ offsetMs: 5_001, uncertaintyMs: 2 })
    expect(meter.milliseconds).toBe(4)
  })

  it('follows a clock that drifts: what is old is forgotten', () => {
    const meter = new RoundTripMeter()
    for (let id = 0; id < 40; id++) {
      meter.sent(id, id * 1_000)
      // The first answer is the fastest, and of another time.
      meter.answered(id, id * 1_000 + (id === 0 ? 1 : 10), id * 1_000 + 5 + id)
    }
    expect(meter.peerClock?.offsetMs).toBeGreaterThanOrEqual(10)
  })

  it('is unknown where the peer does not tell it', () => {
    const meter = new RoundTripMeter()
    meter.sent(0, 1)
    meter.answered(0, 2)
    meter.answered(7, 2, 99)
    expect(meter.peerClock).toBeNull()
  })
})
