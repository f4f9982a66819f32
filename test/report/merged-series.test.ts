import { describe, expect, it } from 'vitest'
import { MergedSeries } from '../../src/report/merged-series.js'

describe('values over time', () => {
  it('are what was added, with null where there was nothing', () => {
    const series = new MergedSeries()
    series.add(0, { a: 1, b: null })
    series.add(1000, { a: 1.23456, b: 5 })
    series.add(2000, { c: undefined })
    expect(series.times).toEqual([0, 1000, 2000])
    expect(Object.fromEntries(series.lines())).toEqual({
      a: { mean: [1, 1.235, null], min: [1, 1.235, null], max: [1, 1.235, null] },
      b: { mean: [null, 5, null], min: [null, 5, null], max: [null, 5, null] },
    })
  })

  it('take a bounded number of points however long the run is, and keep the worst moment', () => {
    const series = new MergedSeries()
    const samples = 24 * 3600
    for (let second = 0; second < samples; second++) {
      series.add(second * 1000, { rtt: second === 54_321 ? 900 : 20 })
    }
    expect(series.times.length).toBeGreaterThan(500)
    expect(series.times.length).toBeLessThanOrEqual(1000)
    const gaps = new Set(series.times.slice(1).map((time, index) => time - (series.times[index] ?? 0)))
    expect(gaps.size).toBe(1)
    const line = series.lines().get('rtt')
    expect(Math.max(...(line?.max ?? []).map(Number))).toBe(900)
    expect(Math.min(...(line?.mean ?? []).map(Number))).toBe(20)
    expect(line?.mean).toHaveLength(series.times.length)
  })
})
