import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDistribution } from '../../src/stats/distribution.js'

function distributionOf(values: readonly number[]) {
  const distribution = createDistribution()
  for (const value of values) distribution.add(value)
  return distribution
}

describe('a distribution', () => {
  it('has nothing before the first value', () => {
    const { count, min, max, mean, last, ...rest } = createDistribution()
    expect([count, min, max, mean, last]).toEqual([0, null, null, null, null])
    expect(rest.quantile(0.5)).toBeNull()
  })

  it('has extremes, mean and last exactly', () => {
    const { count, min, max, mean, last } = distributionOf([3, 1, 2])
    expect([count, min, max, mean, last]).toEqual([3, 1, 3, 2, 2])
  })

  it('has every quantile within 1 % of the nearest rank', () => {
    const value = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e10, noNaN: true }))
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.01, 0.5, 0.95, 1),
        (values, share) => {
          const sorted = values.toSorted((a, b) => a - b)
          const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN
          const measured = distributionOf(values).quantile(share) ?? Number.NaN
          expect(Math.abs(measured - exact)).toBeLessThanOrEqual(exact * 0.0101)
        },
      ),
    )
  })

  it('keeps to its extremes, and what is negative below zero', () => {
    expect(distributionOf([5]).quantile(0.5)).toBe(5)
    expect(distributionOf([-3, 1, 2, 4]).quantile(0.25)).toBe(-3)
    expect(distributionOf([1e300, 1e301]).quantile(0.5)).toBeGreaterThan(1e14)
  })

  it('does not grow with the number of values', () => {
    const distribution = createDistribution()
    const before = process.memoryUsage().heapUsed
    for (let index = 0; index < 500_000; index++) distribution.add(1000 + (index % 997))
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16 * 2 ** 20)
    expect(distribution.quantile(0.5)).toBeGreaterThan(1400)
  })
})
