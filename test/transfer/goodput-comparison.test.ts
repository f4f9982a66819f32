import { describe, expect, it } from 'vitest'
import { GoodputComparison } from '../../src/transfer/goodput-comparison.js'

const carrier = () => ({ deliveredBytes: 0, isBusy: true })

describe('GoodputComparison', () => {
  it('finds who carries next to nothing while another carries a lot, after some intervals', () => {
    const comparison = new GoodputComparison<ReturnType<typeof carrier>>()
    const good = carrier()
    const poor = carrier()
    for (let interval = 0; interval < 3; interval++) {
      good.deliveredBytes += 1_000
      poor.deliveredBytes += 10
      comparison.compare([good, poor], 0.2)
      expect(comparison.useless).toEqual([])
    }
    good.deliveredBytes += 1_000
    comparison.compare([good, poor], 0.2)
    expect(comparison.useless).toEqual([poor])
    expect(comparison.isStarved(good)).toBe(false)
  })

  it('calls nobody useless where all are slow, and judges nobody who has nothing to carry', () => {
    const comparison = new GoodputComparison<ReturnType<typeof carrier>>()
    const one = carrier()
    const other = carrier()
    const idle = { ...carrier(), isBusy: false }
    one.deliveredBytes = 10_000
    for (let interval = 0; interval < 6; interval++) {
      one.deliveredBytes += 10
      other.deliveredBytes += 10
      comparison.compare([one, other, idle], 0.2)
    }
    expect(comparison.isStarved(other)).toBe(true)
    expect(comparison.useless).toEqual([])
    expect(comparison.isStarved(idle)).toBe(false)
  })
})
